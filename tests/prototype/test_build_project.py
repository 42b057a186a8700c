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
    # The checks of three assets with their spoiling, and a function; three of four checks cannot be spoilt.
    assert "10 skipped" in output


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


def test_metadata_has_the_keys_that_create_dagster_writes(sales: Path, tmp_path: Path) -> None:
    passes(tmp_path, "create-dagster", "project", "sales_analytics", "--no-uv-sync")
    scaffold = tomllib.loads((tmp_path / "sales_analytics" / "pyproject.toml").read_text())
    ours = tomllib.loads((sales / "pyproject.toml").read_text())
    assert ours["tool"]["dg"] == scaffold["tool"]["dg"]
    assert ours["project"].keys() >= scaffold["project"].keys()
    assert ours["build-system"] == scaffold["build-system"]
    assert ours["dependency-groups"].keys() == scaffold["dependency-groups"].keys()
    assert not any("@" in item for item in ours["project"]["dependencies"])
