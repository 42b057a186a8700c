"""Importing the components takes what importing Dagster takes."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.integration
HEAVY = (
    "duckdb",
    "pandas",
    "polars",
    "pyarrow",
    "sqlglot",
    "sqlalchemy",
    "psycopg",
    "obstore",
    "moto",
    "dagway.blueprint.model",
)


def test_no_driver_is_imported() -> None:
    code = f"import sys, dagster.components, dagway.components; print([name for name in {HEAVY!r} if name in sys.modules])"

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"


def test_the_warehouse_offers_its_io_manager() -> None:
    from dagway.components import warehouse
    from dagway.components.warehouse.io_manager import WarehouseIOManager

    assert warehouse.WarehouseIOManager is WarehouseIOManager
