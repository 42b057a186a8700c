"""A project as `create-dagster` makes it."""
