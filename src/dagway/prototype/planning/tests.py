"""The tests that the built project has, by the names that pytest gives them."""

from __future__ import annotations

import keyword
from collections.abc import Iterator

from dagway.blueprint.model import Blueprint
from dagway.prototype.model import PlannedAsset, PlannedCheck, slash
from dagway.prototype.planning.spoiling import spoiling

PROJECT_TESTS = (
    "tests/test_definitions.py::test_the_definitions_load",
    "tests/test_resources.py::test_the_warehouse_answers",
    "tests/test_resources.py::test_an_unknown_environment_is_refused",
)
"""Tests that are no asset's."""


def tests_of(blueprint: Blueprint, asset: PlannedAsset) -> tuple[str, ...]:
    """The tests of one asset: what it looks like, what it builds, its checks, and that these can fail.

    Args:
        blueprint: as it stands, without an environment: tests run in demo mode.
    """
    return tuple(_tests(blueprint, asset)) if asset.buildable else ()


def _tests(blueprint: Blueprint, asset: PlannedAsset) -> Iterator[str]:
    key = slash(asset.key)
    yield f"tests/test_definitions.py::test_the_asset_is_described[{key}]"
    if asset.python:
        yield f"tests/test_assets.py::test_{_python_name('_'.join(asset.key))}"
    if asset.partitions and asset.incremental and "dynamic" not in asset.partitions:
        yield f"tests/test_partitions.py::test_a_part_replaces_its_own_rows[{key}]"
    for check in asset.checks:
        yield f"tests/test_checks.py::test_the_check_holds[{key}-{check.name}]"
    for check in asset.checks:
        if _can_be_spoilt(blueprint, asset, check):
            yield f"tests/test_checks.py::test_the_check_sees_spoilt_rows[{key}-{check.name}]"


def _can_be_spoilt(blueprint: Blueprint, asset: PlannedAsset, check: PlannedCheck) -> bool:
    """Whether a statement breaks the check; none does in a view, nor where the blueprint names demo mode's warehouse."""
    line = blueprint.assets.get(slash(asset.key))
    is_view = line is not None and line.materialized == "view"
    if is_view or "warehouse" in (blueprint.environments.get("demo") or {}):
        return False
    return spoiling(asset.table or "", check) is not None


def _python_name(name: str) -> str:
    return f"{name}_" if keyword.iskeyword(name) else name
