"""What stands behind the component of dbt projects. Only `dagway.components.dbt_project` imports from here."""
