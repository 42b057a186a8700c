"""Built projects as their users meet them: Dagster's own commands, ruff, types and the project's own tests pass."""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dagway.blueprint.load import load
from dagway.prototype.build import render
from dagway.prototype.model import Plan
from dagway.prototype.write import write
from tests.prototype.blueprints import EVERYTHING, LOGIC, loaded

pytestmark = [pytest.mark.integration, pytest.mark.slow]

EXAMPLES = Path(__file__).parents[2] / "examples"
BIN = Path(sys.executable).parent


def run(folder: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """One of the environment's commands, from the project's root, without the variables of this process."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    return subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=folder,
        env={**kept, "DAGSTER_HOME": "", **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def passes(folder: Path, *command: str, **variables: str) -> str:
    done = run(folder, *command, **variables)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def sales(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sales") / "out"
    write(render(load(EXAMPLES / "sales_analytics" / "blueprint.yaml")), folder)
    return folder


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("everything")
    write(render(loaded(folder / "blueprint", EVERYTHING, LOGIC)), folder / "out")
    return folder / "out"


@pytest.mark.parametrize("project", ["sales", "everything"])
def test_the_plan_names_the_tests_that_there_are(project: str, request: pytest.FixtureRequest) -> None:
    folder: Path = request.getfixturevalue(project)
    planned = Plan.from_json(json.loads((folder / "plan.json").read_text(encoding="utf-8")))
    listed = passes(folder, "pytest", "tests", "--collect-only", "-q", "-p", "no:cacheprovider")
    assert sorted(planned.tests) == sorted(line for line in listed.splitlines() if "::" in line)


def test_dg_accepts_definitions_and_yaml(sales: Path) -> None:
    passes(sales, "dg", "check", "defs")
    passes(sales, "dg", "check", "yaml")


def test_dg_lists_every_planned_asset_with_its_upstream(sales: Path) -> None:
    found: dict[str, Any] = json.loads(passes(sales, "dg", "list", "defs", "--json"))
    planned: dict[str, Any] = json.loads((sales / "plan.json").read_text())
    # Dagster 1.12 calls them key, deps and group.
    assets = {asset.get("asset_key") or asset["key"]: asset for asset in found["assets"]}
    assert set(assets) == {slashed(asset["key"]) for asset in planned["assets"]}
    metrics = assets["marts/customer_metrics"]
    upstream = metrics.get("dependency_keys") or metrics["deps"]
    assert set(upstream) == {"marts/customer_lifetime_value", "shop/customers"}
    assert all(asset["kinds"] and asset["owners"] for asset in assets.values())
    assert {asset.get("group_name") or asset["group"] for asset in assets.values()} >= {
        "marts",
        "shop",
        "staging",
    }


def slashed(key: str | list[str]) -> str:
    return key if isinstance(key, str) else "/".join(key)


def test_a_launch_in_demo_mode_builds_a_table_and_leaves_the_real_warehouse_alone(sales: Path) -> None:
    passes(sales, "dg", "launch", "--assets", "shop/orders", DAGWAY_DEMO="1")
    assert (sales / "data" / "demo.duckdb").is_file()
    assert not (sales / "data" / "warehouse.duckdb").exists()


def test_the_projects_own_tests_pass_and_write_nothing_into_it(sales: Path) -> None:
    before = contents(sales / "data")
    output = passes(sales, "pytest", "-q", "-p", "no:cacheprovider")
    assert " passed" in output
    assert "skipped" not in output
    assert contents(sales / "data") == before


OPENINGS = """\
import duckdb

opened, connect = [], duckdb.connect


def connected(*words, **options):
    opened.extend(words)
    return connect(*words, **options)


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(f"{len(opened)} openings")


duckdb.connect = connected
"""


def test_the_projects_own_tests_share_one_opening_of_the_warehouse(sales: Path, tmp_path: Path) -> None:
    """To open the file for each of a thousand tests took longer than everything else together."""
    (tmp_path / "openings.py").write_text(OPENINGS)
    words = ("-p", "no:cacheprovider", "-p", "openings", "tests/test_checks.py")
    output = passes(sales, "pytest", "-q", *words, PYTHONPATH=str(tmp_path))
    numbers = {what: int(number) for number, what in re.findall(r"(\d+) (passed|openings)", output)}
    assert numbers["passed"] > 5
    # By the run that all share, and by the tests of its tables; pandas assets open it by Dagster's own I/O manager.
    assert numbers["openings"] == 2


def contents(folder: Path) -> Mapping[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["sales", "everything"])
def test_ruff_and_types_accept_every_file(name: str, request: pytest.FixtureRequest) -> None:
    folder: Path = request.getfixturevalue(name)
    passes(folder, "ruff", "check", "--no-cache", ".")
    passes(folder, "ruff", "check", "--no-cache", "--isolated", ".")
    passes(folder, "ruff", "format", "--no-cache", "--check", ".")
    passes(folder, "basedpyright", "--pythonpath", sys.executable)


def test_a_second_build_changes_nothing(sales: Path) -> None:
    changes = write(render(load(EXAMPLES / "sales_analytics" / "blueprint.yaml")), sales)
    assert not changes.any
    assert not changes.kept


def test_a_project_with_one_of_each_loads_in_each_environment(everything: Path) -> None:
    passes(everything, "dg", "check", "defs")
    addresses = dict.fromkeys(("WAREHOUSE_URL", "TARGET_URL"), "postgresql://user:word@localhost/none")
    passes(everything, "dg", "check", "defs", DAGWAY_ENVIRONMENT="production", **addresses)
    unknown = run(everything, "dg", "check", "defs", DAGWAY_ENVIRONMENT="nowhere")
    assert unknown.returncode != 0
    assert "it has to be one of default, demo, production" in unknown.stdout + unknown.stderr


def test_steps_are_processes_where_the_warehouse_takes_several(everything: Path) -> None:
    code = (
        "from everything.definitions import defs;"
        "print(defs().get_implicit_global_asset_job_def().executor_def.name)"
    )
    addresses = dict.fromkeys(("WAREHOUSE_URL", "TARGET_URL"), "postgresql://user:word@localhost/none")
    executors = {
        name: passes(everything, "python", "-c", code, DAGWAY_ENVIRONMENT=name, **addresses).strip()
        for name in ("default", "production")
    }
    assert executors == {"default": "in_process", "production": "warm"}


def test_only_the_function_that_nobody_wrote_fails_its_test(everything: Path) -> None:
    done = run(everything, "pytest", "-q", "-p", "no:cacheprovider")
    assert "FAILED tests/test_assets.py::test_marts_unwritten" in done.stdout
    assert "NotImplementedError" in done.stdout
    assert "1 failed" in done.stdout
    assert "error" not in done.stdout.splitlines()[-1]


BARE = """
blueprint: 1
name: bare
description: What demo mode has no rows of, or rightly none.
owners: [team:shop]
tags: {domain: sales}
sources:
  shop:
    integration: postgres
    connection: "{{ env('SHOP_DATABASE_URL') }}"
    tables: {orders: {columns: {order_id: BIGINT, customer_id: BIGINT}, checks: [{row_count: {min: 1}}]}}
  files:
    integration: filesystem
    path: data
    tables: {customers: {columns: {customer_id: BIGINT}, checks: [{unique: customer_id}]}}
assets:
  staging/orders: {sql: select * from shop.orders, checks: [{unique: order_id}]}
  staging/customers:
    sql: select * from files.customers
    checks: [{relationship: {column: customer_id, to: staging/orders}}]
  staging/nobody:
    sql: select * from files.customers where false
    checks: [{unique: customer_id}, {not_null: customer_id}, {row_count: {max: 3}}, {schema: {customer_id: BIGINT}}]
  marts/totals: {python: logic.py:totals, deps: [staging/orders], columns: {customer_id: BIGINT}}
  marts/none: {python: logic.py:none}
  marts/arrow: {python: logic.py:arrow, deps: [files/customers], columns: {customer_id: BIGINT}}
  marts/kept: {python: logic.py:kept, columns: {customer_id: BIGINT}}
"""
BARE_LOGIC = """import dagster as dg
import pandas as pd
import pyarrow as pa


def totals(orders: pd.DataFrame) -> pd.DataFrame:
    return orders[["customer_id"]]


def none() -> pd.DataFrame:
    return pd.DataFrame({"customer_id": pd.Series([], dtype="int64")})


def arrow(customers: pa.Table) -> pa.Table:
    return customers


def kept() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"dagster/row_count": 3})
"""


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bare")
    files = {"logic.py": BARE_LOGIC, "data/customers.csv": "customer_id\n7\n8\n"}
    write(render(loaded(folder / "blueprint", BARE, files)), folder / "out")
    return folder / "out"


def test_tests_are_left_out_that_demo_mode_has_no_rows_for(bare: Path) -> None:
    output = passes(bare, "pytest", "-q", "-rs", "-p", "no:cacheprovider")
    reasons = {line.partition(": ")[2] for line in output.splitlines() if line.startswith("SKIPPED")}
    assert reasons == {
        "the source shop has no demo files",
        "staging/nobody has no row in demo mode that could be spoilt",
    }
    # Three tables, the checks of three assets with their spoiling, and a function; three of four checks cannot be spoilt.
    assert "13 skipped" in output


@pytest.mark.parametrize(
    ("written", "wrong", "test"),
    [
        ("return customers", 'return customers.rename_columns(["id"])', "test_marts_arrow"),
        ('"dagster/row_count": 3})', '"dagster/row_count": 3}).metadata', "test_marts_kept"),
    ],
)
def test_a_function_that_gives_something_else_fails_its_test(
    bare: Path, written: str, wrong: str, test: str
) -> None:
    logic = bare / "bare" / "logic.py"
    before = logic.read_text()
    assert written in before
    logic.write_text(before.replace(written, wrong))
    try:
        done = run(bare, "pytest", "-q", "-p", "no:cacheprovider", "tests/test_assets.py")
    finally:
        logic.write_text(before)
    assert re.findall(r"FAILED \S+::(\w+)", done.stdout) == [test]


def test_a_query_that_does_not_run_fails_its_test(bare: Path) -> None:
    query = bare / "bare" / "defs" / "staging" / "nobody" / "nobody.sql"
    before = query.read_text()
    query.write_text("select thre from files.customers\n")
    try:
        done = run(bare, "pytest", "-q", "-p", "no:cacheprovider", "tests/test_built.py")
    finally:
        query.write_text(before)
    assert re.findall(r"FAILED \S+::(\S+)", done.stdout) == ["test_the_asset_is_built[staging/nobody]"]
    assert "staging/nobody was not built" in done.stdout
    assert 'Referenced column "thre" not found' in done.stdout


def test_metadata_has_the_keys_that_create_dagster_writes(sales: Path, tmp_path: Path) -> None:
    passes(tmp_path, "create-dagster", "project", "sales_analytics", "--no-uv-sync")
    scaffold = tomllib.loads((tmp_path / "sales_analytics" / "pyproject.toml").read_text())
    ours = tomllib.loads((sales / "pyproject.toml").read_text())
    assert ours["tool"]["dg"] == scaffold["tool"]["dg"]
    assert ours["project"].keys() >= scaffold["project"].keys()
    assert ours["build-system"] == scaffold["build-system"]
    assert ours["dependency-groups"].keys() == scaffold["dependency-groups"].keys()
    assert not any("@" in item for item in ours["project"]["dependencies"])
