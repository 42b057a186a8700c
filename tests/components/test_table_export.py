"""Rows of an asset as a table of another database."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from dagway.components.database import Database

pytestmark = pytest.mark.integration


def export(project: Any, **attributes: Any) -> None:
    project.model("marts/customers", "select i as id, 'n' || i as name from range(10) as t(i)")
    written = {"key": "exports/crm", "asset": "marts/customers", "database": "crm", "table": "customers"}
    project.component("exports/crm", "TableExport", {**written, **attributes})


def test_the_rows_arrive_and_are_counted(project: Any, read: Any, postgres_url: str) -> None:
    project.resources["crm"] = Database(url=postgres_url)
    export(project)

    result = project.run()

    assert result.success, read.failure(result)
    assert read.metadata(result, "exports/crm")["rows_read_back"] == 10
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("select max(name) from customers").fetchone() == ("n9",)


def test_mysql_gets_the_rows_and_gives_them_back(project: Any, read: Any, mysql_url: str) -> None:
    project.resources["crm"] = Database(url=mysql_url, integration="mysql")
    export(project)
    assert project.run().success
    tables = [{"name": "customers"}]
    project.component("crm", "SqlTables", {"source": "crm", "database": "crm", "tables": tables})

    result = project.run("key:crm/customers")

    assert result.success, read.failure(result)
    assert project.rows("select count(*), max(name) from crm.customers") == [(10, "n9")]


def test_demo_mode_writes_a_local_file(project: Any, read: Any) -> None:
    export(project, demo_mode=True)

    result = project.run()

    assert result.success, read.failure(result)
    assert (project.root / "data" / "demo_exports.duckdb").is_file()
    assert read.metadata(result, "exports/crm")["rows_read_back"] == 10


def test_partitions_are_refused_as_the_whole_table_is_written(project: Any) -> None:
    export(project, demo_mode=True, partitions={"daily": "2024-01-01"}, incremental={"column": "day"})

    with pytest.raises(Exception, match="Error while") as error:
        project.load()

    assert "TableExport writes all rows of marts/customers each time" in str(error.value.__cause__)
