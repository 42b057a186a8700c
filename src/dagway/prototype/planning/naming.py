"""Why something downstream can name a table: keys are chosen by who reads them."""

from __future__ import annotations

from dagway.prototype.model import AssetKey
from dagway.sql import schema_and_name, table_name

_PLAIN_SEGMENTS = 2


def naming(key: AssetKey) -> str:
    """How a dbt source and a reverse-ETL tool name the table of a key."""
    schema, name = schema_and_name(key)
    found = f"dbt finds it as source('{schema}', '{name}'), a reverse-ETL tool as the table {table_name(key)}"
    if len(key) == _PLAIN_SEGMENTS:
        return found
    return (
        f"{found}; three segments are the table {name} in the schema {schema}, and the dbt source needs"
        f" meta.dagster.asset_key: [{', '.join(key)}]"
    )
