"""A generated file imports what its own signature names, and nothing else: ruff would refuse the project."""

import ast

import pytest

from tests.prototype.blueprints import SMALL, rendered

LOGIC = """from decimal import Decimal

import dagster as dg
import pandas as pd
import polars as pl


def rate() -> pl.DataFrame: ...


def plain(context: dg.AssetExecutionContext) -> pd.DataFrame: ...


def framed(orders: pl.DataFrame) -> pd.DataFrame: ...


def holds(orders: pl.DataFrame, limit: Decimal = Decimal(1)) -> dg.AssetCheckResult: ...


def poll(context: dg.SensorEvaluationContext) -> dg.SkipReason: ...
"""
TEXT = (
    SMALL.replace("checks: [{unique: order_id}]", "checks: [{python: logic.py:holds}]")
    + """\
  marts/rate: {python: logic.py:rate}
  marts/plain: {python: logic.py:plain}
  marts/framed: {python: logic.py:framed, deps: [staging/orders]}
  marts/unwritten: {python: later.py:unwritten}
  marts/typed: {python: later.py:typed, deps: [staging/orders]}
sensors:
  polled: {python: logic.py:poll, selection: "*"}
"""
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    found = rendered(tmp_path_factory.mktemp("imports"), TEXT, {"logic.py": LOGIC})
    return {path: text for path, text in found.items() if "/defs/" in path and path.endswith(".py")}


def test_every_import_is_used(files: dict[str, str]) -> None:
    assert {path: unused for path, text in files.items() if (unused := _unused(text))} == {}


def test_the_frames_that_a_signature_names_are_imported(files: dict[str, str]) -> None:
    framed = {
        name for name in ("framed", "typed") if "DataFrame" in files[f"shop_reports/defs/marts/{name}.py"]
    }
    assert framed == {"framed", "typed"}
    assert "import polars as pl" in files["shop_reports/defs/marts/framed.py"]
    assert "import pandas as pd" in files["shop_reports/defs/marts/typed.py"]


def _unused(text: str) -> set[str]:
    tree = ast.parse(text)
    imports = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    bound = {item.asname or item.name.split(".")[0] for node in imports for item in node.names}
    return bound - {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
