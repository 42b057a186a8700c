"""Airbyte's connections as assets: the component, and the workspace that it asks."""
