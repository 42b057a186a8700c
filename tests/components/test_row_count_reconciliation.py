"""Counts of rows in the warehouse and at the source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from dagway.components.database import Database
from dagway.components.row_count_reconciliation import allowed
from dagway.errors import DagwayError

pytestmark = pytest.mark.integration


@pytest.fixture(params=["postgres", "duckdb"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """A database whose table has 100 rows."""
    statement = "create table orders as select g as id from generate_series(1, 100) as t(g)"
    if request.param == "duckdb":
        with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
            connection.execute(statement).fetchall()
        return Database(url=f"duckdb:///{tmp_path / 'shop.duckdb'}")
    url = request.getfixturevalue("postgres_url")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())
    return Database(url=url)


def test_counts_are_compared(project: Any, read: Any, database: Database) -> None:
    project.resources["shop"] = database
    project.model("shop/orders", "select range as id from range(98)")
    for tolerance, passed in [("0", False), ("1%", False), ("2", True), ("2%", True)]:
        attributes = {"asset": "shop/orders", "tolerance": tolerance, "severity": "warn"}
        project.component("counts", "RowCountReconciliation", attributes)

        result = project.run()

        assert result.success, read.failure(result)
        check = read.checks(result)["row_count_reconciliation"]
        assert (check.passed, check.severity.value) == (passed, "WARN")
        told = {name: value.value for name, value in check.metadata.items()}
        assert told == {"warehouse_rows": 98, "database_rows": 100, "difference": -2}


def test_a_missing_table_is_a_clear_failure(project: Any, read: Any, database: Database) -> None:
    project.resources["shop"] = database
    project.model("shop/orders", "select 1 as id")
    project.component("counts", "RowCountReconciliation", {"asset": "shop/orders", "table": "nothing"})

    assert "has no table nothing" in read.failure(project.run())


@pytest.mark.parametrize("tolerance", ["some", "-1", "nan", "5%%"])
def test_a_tolerance_is_rows_or_a_share(tolerance: str) -> None:
    with pytest.raises(DagwayError, match="neither rows nor a share"):
        allowed(tolerance, 10)
