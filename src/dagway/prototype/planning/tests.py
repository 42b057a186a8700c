"""The tests that the built project has, by the names that pytest gives them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from dagway.blueprint.model import Blueprint
from dagway.blueprint.once_each import once_each
from dagway.prototype.model import AssetKey, PlannedAsset, PlannedCheck, slash
from dagway.prototype.planning.demo import is_demo_duckdb
from dagway.prototype.planning.spoiling import spoiling

PROJECT_TESTS = (
    "tests/test_definitions.py::test_the_definitions_load",
    "tests/test_resources.py::test_the_warehouse_answers",
    "tests/test_resources.py::test_an_unknown_environment_is_refused",
)
"""Tests that are no asset's."""


def tests_of(blueprint: Blueprint, asset: PlannedAsset, functions: Mapping[AssetKey, str]) -> tuple[str, ...]:
    """The tests of one asset: what it looks like, what it builds, its checks, and that these can fail.

    Args:
        blueprint: as it stands, without an environment: tests run in demo mode.
        functions: what the tests of the plan's Python assets are called.
    """
    return tuple(_tests(blueprint, asset, functions)) if asset.buildable else ()


def _tests(blueprint: Blueprint, asset: PlannedAsset, functions: Mapping[AssetKey, str]) -> Iterator[str]:
    key = slash(asset.key)
    yield f"tests/test_definitions.py::test_the_asset_is_described[{key}]"
    if asset.python:
        yield f"tests/test_assets.py::{functions[asset.key]}"
    if has_build_test(asset):
        yield f"tests/test_built.py::test_the_asset_is_built[{key}]"
    if has_part_test(asset):
        yield f"tests/test_partitions.py::test_a_part_replaces_its_own_rows[{key}]"
    for check in asset.checks:
        yield f"tests/test_checks.py::test_the_check_holds[{key}-{check.name}]"
    for check in asset.checks:
        if spoilt_by(blueprint, asset, check):
            yield f"tests/test_checks.py::test_the_check_sees_spoilt_rows[{key}-{check.name}]"


def functions_of_tests(assets: Iterable[PlannedAsset]) -> dict[AssetKey, str]:
    """What the test of each Python asset is called: `a/b_c` and `a_b/c` have one each, the second with `_2`."""
    keys = [asset.key for asset in assets if asset.python]
    return dict(zip(keys, once_each(f"test_{'_'.join(key)}" for key in keys), strict=True))


def has_build_test(asset: PlannedAsset) -> bool:
    """Whether a test says that the table was built: a function's own test calls it, and tests run no export."""
    return asset.buildable and asset.role in {"source", "sql"}


def has_part_test(asset: PlannedAsset) -> bool:
    """Whether one part is built again: dynamic parts are not known before they are added."""
    return asset.incremental is not None and bool(asset.partitions) and "dynamic" not in asset.partitions


def spoilt_by(blueprint: Blueprint, asset: PlannedAsset, check: PlannedCheck) -> str | None:
    """The statement that breaks the check; none does in a view, nor where the blueprint names demo mode's warehouse.

    Args:
        blueprint: as it stands, without an environment.
    """
    line = blueprint.assets.get(slash(asset.key))
    is_view = line is not None and line.materialized == "view"
    return None if is_view or not is_demo_duckdb(blueprint) else spoiling(asset.table or "", check)
