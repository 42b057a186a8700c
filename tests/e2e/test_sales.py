"""The sales example in demo mode: proven, and an ordinary project for Dagster's own commands."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.slow]

PROMISED = [
    "pyproject.toml",
    "README.md",
    "plan.json",
    ".env.example",
    ".pre-commit-config.yaml",
    ".gitignore",
    ".dagway/manifest.json",
    "data/shop/orders.csv",
    "data/shop/customers.csv",
    "sales_analytics/definitions.py",
    "sales_analytics/transforms.py",
    "sales_analytics/components/__init__.py",
    "sales_analytics/defs/resources.py",
    "sales_analytics/defs/shop/defs.yaml",
    "sales_analytics/defs/staging/orders/defs.yaml",
    "sales_analytics/defs/staging/orders/orders.sql",
    "sales_analytics/defs/marts/customer_lifetime_value.py",
    "sales_analytics/defs/marts/customer_lifetime_value_checks/defs.yaml",
    "sales_analytics/defs/exports/customer_metrics/defs.yaml",
    "sales_analytics/defs/schedules/daily_sales/defs.yaml",
    "sales_analytics/defs/alerts/on_call/defs.yaml",
    "tests/test_definitions.py",
    "tests/test_assets.py",
    "tests/test_checks.py",
    "tests/test_resources.py",
    "evidence/evidence.json",
    "evidence/index.html",
]
KEYS = {
    "shop/orders",
    "shop/customers",
    "staging/orders",
    "marts/customer_lifetime_value",
    "marts/customer_metrics",
    "marts/revenue_by_region",
    "exports/customer_metrics",
}


def test_every_requirement_is_met(sales: Any) -> None:
    assert sales.done.status == 0, sales.done.out + sales.done.error
    requirements = sales.evidence["requirements"]
    assert {name: one["met"] for name, one in requirements.items()} == {f"R{n}": True for n in range(1, 7)}
    assert all(one["evidence"] for one in requirements.values())


def test_a_proof_in_demo_mode_asks_for_no_network(
    sales: Any, run: Any, no_network: dict[str, str], asked_beyond: Path
) -> None:
    assert sales.done.status == 0
    assert not asked_beyond.exists(), asked_beyond.read_text()
    # 192.0.2.1 is nobody's: an address for examples.
    look = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
    assert "there is no network here" in run("python", "-c", look, **no_network).error
    assert "192.0.2.1" in asked_beyond.read_text()
    asked_beyond.unlink()


def test_the_evidence_says_what_the_run_showed(sales: Any) -> None:
    evidence = sales.evidence
    assert set(evidence["assets"]) == KEYS
    assert all(asset["materialized"] for asset in evidence["assets"].values())
    assert evidence["assets"]["shop/orders"]["rows"] == 2580
    assert [line["text"] for line in evidence["checklist"] if line["status"] == "failed"] == []
    (export,) = (item for item in evidence["requirements"]["R4"]["evidence"] if item["kind"] == "export")
    assert export["details"]["rows"] == evidence["assets"]["marts/customer_metrics"]["rows"] > 300
    (alert,) = evidence["requirements"]["R5"]["evidence"]
    assert alert["details"]["channel"] == "#data-oncall"


def test_the_page_loads_nothing(sales: Any) -> None:
    page = (sales.folder / "evidence" / "index.html").read_text(encoding="utf-8")
    assert "6 of 6" in re.sub(r"<[^>]+>", "", page)
    assert re.findall(r"(?:src|href|action|poster)\s*=\s*[\"']?(?:https?:)?//", page) == []
    assert re.findall(r"url\(\s*[\"']?(?:https?:)?//|@import|<script[^>]+src|<iframe|<link", page) == []


@pytest.mark.parametrize("path", PROMISED)
def test_the_file_is_there(sales: Any, path: str) -> None:
    assert (sales.folder / path).is_file()


@pytest.mark.parametrize(
    "command",
    [
        "dg check defs",
        "dg check yaml",
        "dagster definitions validate -m sales_analytics.definitions",
        "pytest -q",
        "ruff check .",
        "ruff format --check .",
        f"basedpyright --pythonpath {sys.executable} .",
    ],
)
def test_the_command_accepts_the_project(sales: Any, run: Any, command: str) -> None:
    done = run(*command.split(), cwd=sales.folder, DAGWAY_DEMO="1")
    assert done.status == 0, done.out + done.error


def test_dg_lists_what_dagway_lists(sales: Any, run: Any) -> None:
    theirs = run("dg", "list", "defs", "--json", cwd=sales.folder, DAGWAY_DEMO="1").json()
    ours = run("dagway", "list", sales.folder, "--json", DAGWAY_DEMO="1").json()
    assert {asset["key"] for asset in ours["assets"]} == KEYS
    assert {asset.get("asset_key") or asset["key"] for asset in theirs["assets"]} == KEYS
    orders = next(asset for asset in ours["assets"] if asset["key"] == "staging/orders")
    assert orders["deps"] == ["shop/orders"]
    assert orders["owners"] == ["team:data-engineering"]
    assert [job["name"] for job in ours["jobs"]] == ["daily_sales_job"]


def test_dg_launches_an_asset(sales: Any, run: Any, tmp_path: Any) -> None:
    done = run(
        *("dg", "launch", "--assets", 'key:"shop/customers"'),
        cwd=sales.folder,
        DAGWAY_DEMO="1",
        DEMO_WAREHOUSE_PATH=str(tmp_path / "launched.duckdb"),
    )
    assert done.status == 0, done.out + done.error
    assert (tmp_path / "launched.duckdb").is_file()


@pytest.mark.parametrize(
    ("form", "start"), [("tree", "shop/"), ("mermaid", "flowchart LR"), ("svg", "<svg"), ("json", "{")]
)
def test_the_graph_in_each_format(sales: Any, run: Any, form: str, start: str) -> None:
    done = run("dagway", "graph", sales.folder, "--format", form)
    assert done.status == 0, done.error
    assert done.out.startswith(start)
    assert "revenue_by_region" in done.out


def test_the_selection_cuts_the_graph(sales: Any, run: Any) -> None:
    done = run("dagway", "graph", sales.folder, "--select", '+key:"staging/orders"')
    assert "staging/orders" in done.out
    assert "marts/" not in done.out


def test_production_loads_or_names_what_to_install(sales: Any, run: Any) -> None:
    from importlib.util import find_spec

    variables = dict.fromkeys(("SNOWFLAKE_ACCOUNT", "SNOWFLAKE_USER", "SNOWFLAKE_PASSWORD"), "anything")
    done = run("dagway", "list", sales.folder, DAGWAY_ENVIRONMENT="production", **variables)
    if find_spec("dagster_snowflake_pandas"):
        assert done.status == 0, done.error
        assert "SnowflakeWarehouse" in done.out
    else:
        assert done.status == 2
        assert "dagster-snowflake-pandas" in done.error.replace("_", "-")


def test_an_unknown_environment_is_named(sales: Any, run: Any) -> None:
    done = run("dagway", "list", sales.folder, DAGWAY_ENVIRONMENT="nowhere")
    assert done.status == 2
    assert "nowhere" in done.error
    assert "production" in done.error
