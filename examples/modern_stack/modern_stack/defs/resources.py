"""The warehouse: PostgreSQL, in demo mode a DuckDB file."""

from pathlib import Path

import dagster as dg

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
    return dg.Definitions(resources={"warehouse": warehouse()}, executor=executor)
