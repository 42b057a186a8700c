"""Each component's example, which `dg scaffold` writes and its page shows, runs as it stands."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

import dagway.components
from dagway.components.scaffolder import copy_example, example_of

pytestmark = pytest.mark.integration

ORDERS = (
    "select range as id, range * 2.0 as amount, date '2024-01-01' + range::int as ordered_at, 'paid' as status"
    " from range(3)"
)
BUILT = {
    "DataChecks": {},
    "ExternalTables": {"crm.accounts": 2},
    "Files": {"lake.prices": 2, "lake.visits": 3},
    "FreshnessPolicies": {"sales.regions": 1},
    "ObjectExport": {},
    "PythonModel": {"marts.daily": 3},
    "RowCountReconciliation": {},
    "SqlModel": {"marts.revenue": 3, "marts.orders_by_id": 2},
    "SqlTables": {"shop.orders": 3},
    "TableExport": {},
}
"""The tables that a run of the example builds, with their rows."""
STARTED = {
    "AssetSensor": "orders_changed",
    "FileSensor": "inbox",
    "ScheduledJob": "daily_finance_schedule",
    "SlackAlert": "on_call",
    "WebhookAlert": "quality",
}
"""The schedule or sensor that the example defines."""


def scaffolded(project: Any, name: str) -> None:
    """The example beside an asset that the examples read."""
    tags = {"schedule": "daily", "domain": "finance"}
    project.model("staging/orders", ORDERS, group="staging", tags=tags)
    project.model("marts/totals", "select count(*) as orders from staging.orders", group="marts")
    folder = project.root / project.package / "defs" / "example"
    folder.mkdir(parents=True)
    component = getattr(dagway.components, name)
    copy_example(example_of(component), folder, project.root, f"dagway.components.{name}")


def test_every_component_is_tried_here() -> None:
    assert sorted([*BUILT, *STARTED]) == sorted(dagway.components.__all__)


@pytest.mark.parametrize("name", BUILT)
def test_an_example_runs(project: Any, read: Any, name: str) -> None:
    scaffolded(project, name)

    result = project.run()

    assert result.success, read.failure(result)
    assert len(result.get_asset_materialization_events()) > 2 or read.checks(result)
    assert all(check.passed for check in read.checks(result).values())
    for table, rows in BUILT[name].items():
        assert project.rows(f"select count(*) from {table}") == [(rows,)]


@pytest.mark.parametrize("name", STARTED)
def test_an_example_is_defined(project: Any, name: str) -> None:
    scaffolded(project, name)

    defs = project.load()

    found = {item.name for item in (*(defs.schedules or ()), *(defs.sensors or ()))}
    assert STARTED[name] in found
    dg.Definitions.validate_loadable(defs)


def test_dg_scaffolds_an_example_and_its_check_accepts_it(project: Any) -> None:
    data = project.root / "data" / "shop" / "orders.csv"
    data.parent.mkdir(parents=True)
    data.write_text("id,amount\n7,1.00\n")

    def dg_command(*arguments: str) -> str:
        command = [sys.executable, "-c", "from dagster_dg_cli.cli import main; main()", *arguments]
        environment = {**os.environ, "DAGSTER_HOME": str(project.root)}
        done = subprocess.run(
            command, cwd=project.root, env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    dg_command("scaffold", "defs", "dagway.components.SqlTables", "shop")

    folder: Path = project.root / project.package / "defs" / "shop"
    assert "type: dagway.components.SqlTables\n" in (folder / "defs.yaml").read_text()
    assert data.read_text() == "id,amount\n7,1.00\n", "a file of the project stays as it is"
    assert "All component YAML validated successfully" in dg_command("check", "yaml")
