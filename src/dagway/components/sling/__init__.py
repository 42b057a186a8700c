"""Sling's replications as assets: the component, what its file says, what stands in for it."""
