"""The project's own tests: definitions, tables, Python assets, checks and resources, all in demo mode."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dagway.blueprint.load import LoadedBlueprint
from dagway.prototype.build.attributes import described
from dagway.prototype.build.files import header
from dagway.prototype.build.modules import Function
from dagway.prototype.build.python_source import exploded, imports, literal
from dagway.prototype.build.resources import DEMO_VARIABLE
from dagway.prototype.build.template import fill
from dagway.prototype.build.without_demo import without_demo
from dagway.prototype.model import Plan, PlannedAsset, slash
from dagway.prototype.planning.tests import functions_of_tests, has_build_test, has_part_test, spoilt_by


def suite(
    loaded: LoadedBlueprint, plan: Plan, functions: Mapping[str, Function]
) -> Iterator[tuple[str, bytes]]:
    """The files of the `tests` folder."""
    lacking = {slash(key): reason for key, reason in without_demo(loaded, plan).items()}
    shared = {
        "name": plan.name,
        "header": header("assets"),
        "without_demo": exploded(lacking) if lacking else None,
    }
    yield "tests/__init__.py", b""
    partitioned = [asset for asset in plan.assets if asset.partitions and asset.buildable]
    by_part = [slash(asset.key) for asset in partitioned if _asks_for_part(functions.get(asset.python or ""))]
    run = {
        "demo_variable": DEMO_VARIABLE,
        "partitioned": partitioned,
        "by_part": literal(by_part, 2, 44) if by_part else None,
        "parts": _parts(plan, by_part),
    }
    yield "tests/conftest.py", fill("conftest.py.j2", **run, **shared)
    yield "tests/test_definitions.py", fill("test_definitions.py.j2", assets=_assets(plan), **shared)
    yield "tests/test_resources.py", fill("test_resources.py.j2", **shared)
    if built := [slash(asset.key) for asset in plan.assets if has_build_test(asset)]:
        yield "tests/test_built.py", fill("test_built.py.j2", built=exploded(built), **shared)
    if parts := _part_tests(partitioned):
        yield "tests/test_partitions.py", fill("test_partitions.py.j2", parts=parts, **shared)
    if any(asset.checks for asset in plan.assets):
        values = {"checks": _checks(plan), "spoilt": _spoilt(loaded, plan)}
        yield "tests/test_checks.py", fill("test_checks.py.j2", **values, **shared)
    tested = [asset for asset in plan.assets if asset.python and asset.python in functions]
    if tested:
        yield "tests/test_assets.py", _asset_tests(plan, tested, functions, lacking)


def _asks_for_part(function: Function | None) -> bool:
    """Whether a function can ask its context for the partition that it builds."""
    return function is not None and any(parameter.name == "context" for parameter in function.parameters)


def _parts(plan: Plan, by_part: list[str]) -> str:
    """Asset → tables upstream and column, of each that asks for its part: only the data knows which parts there are."""
    tables = {asset.key: asset.table for asset in plan.assets}
    rows = {
        slash(asset.key): [(table, asset.incremental) for dep in asset.deps if (table := tables.get(dep))]
        for asset in plan.assets
        if slash(asset.key) in by_part and asset.incremental
    }
    return exploded(rows) if rows else "{}"


def _part_tests(partitioned: list[PlannedAsset]) -> str | None:
    """The assets of which one part can be built again."""
    keys = [slash(asset.key) for asset in partitioned if has_part_test(asset)]
    return exploded(keys) if keys else None


def _assets(plan: Plan) -> str:
    """`ASSETS`: what each asset must look like once the definitions are loaded."""
    rows = {
        slash(asset.key): {
            "group": asset.group,
            "owners": list(asset.owners),
            "tags": dict(asset.tags),
            "kinds": sorted(asset.kinds),
            "description": described(asset),
        }
        for asset in plan.assets
        if asset.buildable
    }
    return exploded(rows)


def _checks(plan: Plan) -> str:
    rows = [
        (slash(asset.key), check.name, check.severity)
        for asset in plan.assets
        for check in asset.checks
        if asset.buildable
    ]
    return exploded(rows)


def _spoilt(loaded: LoadedBlueprint, plan: Plan) -> str | None:
    """Asset, check and the statement that breaks it; None where there is no such statement."""
    rows = [
        (slash(asset.key), check.name, statement)
        for asset in plan.assets
        for check in asset.checks
        if asset.buildable and (statement := spoilt_by(loaded.blueprint, asset, check))
    ]
    return exploded(rows) if rows else None


def _asset_tests(
    plan: Plan, tested: list[PlannedAsset], functions: Mapping[str, Function], lacking: Mapping[str, str]
) -> bytes:
    needs: set[str] = set()
    called = functions_of_tests(plan.assets)
    bodies = [
        _asset_test(asset, called[asset.key], functions[asset.python or ""], needs, lacking)
        for asset in tested
    ]
    helpers = [
        name for name in ("columns_of", "skip_without_demo") if any(f"{name}(" in body for body in bodies)
    ]
    needs.add(f"from tests.conftest import {', '.join(['Rows', *helpers])}")
    title = f'"""Each function with the rows that its upstream assets have in demo mode.\n\n{header("assets")}\n"""'
    return (f"{title}\n\n{imports(needs, plan.name)}\n\n\n" + "\n\n\n".join(bodies) + "\n").encode()


def _asset_test(
    asset: PlannedAsset, called: str, function: Function, needs: set[str], lacking: Mapping[str, str]
) -> str:
    needs.add(f"{function.import_statement}")
    arguments: dict[str, str] = {}
    fixtures = "rows: Rows"
    for parameter in function.parameters:
        key = asset.parameters.get(parameter.name)
        if key:
            arguments[parameter.name] = f'rows.of("{slash(key)}", {_frame(parameter.annotation, needs)})'
        elif parameter.required and parameter.name == "context" and asset.partitions and asset.incremental:
            needs.add("from dagway.components.warehouse import Warehouse")
            fixtures = "rows: Rows, warehouse: Warehouse"
            arguments[parameter.name] = (
                f'rows.context("{slash(asset.key)}", "{asset.incremental}", warehouse)'
            )
        elif parameter.required and parameter.name == "context":
            needs.add("import dagster as dg")
            arguments[parameter.name] = "dg.build_asset_context()"
        elif parameter.required:
            arguments[parameter.name] = f'rows.resource("{parameter.name}")'
    passed = ", ".join(f"{name}={value}" for name, value in arguments.items())
    call = f"{function.alias}.{function.name}({passed})"
    if len(call) > 90:
        inner = "".join(f"        {name}={value},\n" for name, value in arguments.items())
        call = f"{function.alias}.{function.name}(\n{inner}    )"
    skipped = [f'    skip_without_demo("{slash(asset.key)}")'] if slash(asset.key) in lacking else []
    head = f"def {called}({fixtures}) -> None:"
    return "\n".join([head, *skipped, f"    result = {call}", *_expectations(asset, function, needs)])


def _expectations(asset: PlannedAsset, function: Function, needs: set[str]) -> list[str]:
    """No count of rows: an asset may rightly be empty. Its columns are those that it says, or else those of its table."""
    names: list[Any] = [column.name for column in asset.columns]
    columns = literal(names, 1, 35) if names else f'rows.columns("{slash(asset.key)}")'
    if not (function.returns and "MaterializeResult" in function.returns):
        return [f"    assert columns_of(result) == {columns}"]
    needs.add("import dagster as dg")
    kept = ["    assert isinstance(result, dg.MaterializeResult)"]
    return [*kept, f"    assert columns_of(result) in (None, {literal(names, 1, 45)})"] if names else kept


def _frame(annotation: str | None, needs: set[str]) -> str:
    """The type of the frame, and the import that it needs."""
    words = (annotation or "").replace(".", " ").split()
    if words and words[0] in ("pl", "polars"):
        needs.add("import polars as pl")
        return "pl.DataFrame"
    if words and words[0] in ("pa", "pyarrow"):
        needs.add("import pyarrow as pa")
        return "pa.Table"
    needs.add("import pandas as pd")
    return "pd.DataFrame"
