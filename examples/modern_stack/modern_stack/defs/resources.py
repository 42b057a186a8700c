"""The warehouse: PostgreSQL, in demo mode a DuckDB file; and the database of the reports."""

from pathlib import Path

import dagster as dg

from dagway.components.database import Database
from dagway.components.environment import is_demo
from dagway.components.warehouse import DuckDBWarehouse, PostgresWarehouse, Warehouse

ROOT = Path(__file__).parents[2]


def warehouse() -> Warehouse:
    if is_demo():
        return DuckDBWarehouse(database=str(ROOT / "data" / "demo.duckdb"))
    return PostgresWarehouse(connection=dg.EnvVar("WAREHOUSE_URL"))


@dg.definitions
def resources() -> dg.Definitions:
    # A DuckDB file belongs to one process at a time.
    executor = dg.in_process_executor if is_demo() else None
    found: dict[str, object] = {"warehouse": warehouse()}
    if not is_demo():
        found["reporting"] = Database(url=dg.EnvVar("REPORTING_URL"))
    return dg.Definitions(resources=found, executor=executor)
