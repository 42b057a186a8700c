"""dlt's pipelines as assets: the component, and what stands in for their sources and destinations."""
