"""Tables that another service lands."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.integration


def landed(project: Any, **attributes: Any) -> None:
    project.component(
        "crm",
        "ExternalTables",
        {"source": "crm", "integration": "fivetran", "tables": [{"name": "accounts"}], **attributes},
    )


def test_a_landed_table_is_counted(project: Any, read: Any) -> None:
    landed(project)
    with project.warehouse.session() as session:
        session.create_table("crm.accounts", "select 1 as id")

    result = project.run()

    assert result.success, read.failure(result)
    assert read.metadata(result, "crm/accounts")["dagster/row_count"] == 1


def test_a_table_that_is_missing_or_empty_fails(project: Any, read: Any) -> None:
    landed(project)
    assert "no table crm.accounts" in read.failure(project.run())
    with project.warehouse.session() as session:
        session.create_table("crm.accounts", "select 1 as id where false")

    assert "crm.accounts is empty" in read.failure(project.run())
    landed(project, tables=[{"name": "accounts", "allow_empty": True}])
    assert project.run().success


def test_demo_files_stand_in(project: Any, read: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGWAY_DEMO", "1")
    project.write("data/crm/accounts.csv", "id\n1\n2\n")
    landed(project, demo_path="data/crm")

    assert project.run().success
    assert project.rows("select count(*) from crm.accounts") == [(2,)]
