"""The example of Fivetran, Segment, dbt and Hightouch: its keys line up, and it runs offline."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

pytestmark = [pytest.mark.integration, pytest.mark.slow]

EXAMPLE = Path(__file__).parents[2] / "examples" / "modern_stack"
MADE = shutil.ignore_patterns(
    "__pycache__", ".dagster", ".dagway", ".local_defs_state", "target", "*.duckdb*", "demo_features"
)


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "modern_stack", ignore=MADE))


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    home = folder / ".dagster"
    home.mkdir(exist_ok=True)
    given = {name: value for name, value in os.environ.items() if not name.startswith("DAGSTER_")}
    environment = {**given, "DAGWAY_DEMO": "1", "DAGSTER_HOME": str(home)}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
    )


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    return run(
        folder,
        "-m",
        "dagway",
        "check",
        "--select",
        "dbt-source-unmatched,dep-undefined,definitions-unloadable",
    )


def test_every_source_has_its_upstream_asset_and_every_sync_its_model(stack: Path) -> None:
    whole = check(stack)
    assert whole.returncode == 0, whole.stdout + whole.stderr

    shutil.rmtree(stack / "modern_stack/defs/segment")
    without_events = check(stack)
    assert without_events.returncode == 1
    assert "the dbt source segment.tracks has no upstream asset" in without_events.stdout

    (stack / "dbt/models/marts/customer_lifetime_value.sql").unlink()
    (stack / "dbt/models/marts/marts.yml").unlink()
    without_model = check(stack)
    assert "customers_to_crm" not in without_events.stdout
    assert any(
        "customers_to_crm" in line and "customer_lifetime_value" in line
        for line in without_model.stdout.splitlines()
    ), without_model.stdout


def test_it_runs_offline_from_nothing(stack: Path) -> None:
    launched = run(stack, "-c", "from dagster_dg_cli.cli import main; main()", "launch", "--assets", "*")
    assert launched.returncode == 0, launched.stdout + launched.stderr

    with duckdb.connect(str(stack / "data/demo.duckdb"), read_only=True) as connection:
        found = connection.execute(
            "select customer_id, orders, lifetime_value::text, events from customer_lifetime_value order by 1"
        ).fetchall()
    assert found == [(1, 2, "200.00", 2), (2, 1, "35.50", 1), (3, 1, "60.00", 1), (4, 0, "0.00", 1)]
    served = (
        "customers_to_crm",
        "revenue_to_lake",
        "revenue_to_reporting",
        "customer_lookup",
        "customer_history",
    )
    for name in (*(f"exports {one}" for one in served), "features customer_value"):
        assert f"Materialized value {name}" in launched.stdout + launched.stderr
    with sqlite3.connect(stack / "data/demo_features/features/online.db") as connection:
        query = "select value_text from modern_stack_customer_value where feature_name = 'lifetime_value'"
        assert sorted(connection.execute(query).fetchall()) == [("200.0",), ("35.5",), ("60.0",)]

    shown = run(stack, "show.py")
    assert "200.0" in shown.stdout, shown.stderr
