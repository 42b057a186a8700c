"""Fivetran's connections as assets: the component, the account it asks, the step that syncs, the setup tests."""
