"""What may not differ with the environment: the kind of system that serves a line, and what is written in Python."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dagway.blueprint.model import Blueprint
from dagway.prototype.model import PlannedAsset, slash
from dagway.prototype.planning.scope import Location, Scope

#: What the source of a Python asset says, besides what runs it.
_IN_PYTHON = (
    "description",
    "group",
    "owners",
    "tags",
    "kinds",
    "deps",
    "columns",
    "partitions",
    "incremental",
    "freshness",
    "python",
)


def refuse_differences(scope: Scope, base: Iterable[PlannedAsset], assets: Iterable[PlannedAsset]) -> None:
    """Notes in the environment's scope what it changes and one project for all environments cannot have.

    Args:
        base: the assets of the blueprint as it stands.
        assets: those of the environment, of the same keys.
    """
    before = {asset.key: asset for asset in base}
    for asset in assets:
        was = before[asset.key]
        if (asset.how, asset.component) != (was.how, was.component):
            scope.mistake(
                (*_line(asset), "integration"),
                f"{slash(asset.key)} is served by {_served(asset)} and elsewhere by {_served(was)}",
                "keep the kind of system in every environment; demo mode stands in where it is out of reach",
            )
        elif asset.python and (different := _different(scope, was, asset)):
            scope.mistake(
                (*_line(asset), different[0]),
                f"{slash(asset.key)} is Python, one for all environments, and has another {' and '.join(different)} here",
                "leave it out of the environment, and let the function ask for what differs, by a resource",
            )


def _line(asset: PlannedAsset) -> Location:
    if asset.role == "source":
        return "sources", asset.key[0]
    return ("exports", asset.key[-1]) if asset.role == "export" else ("assets", slash(asset.key))


def _served(asset: PlannedAsset) -> str:
    return asset.component.rpartition(".")[2] if asset.component else "Python"


def _different(scope: Scope, before: PlannedAsset, after: PlannedAsset) -> list[str]:
    names = [name for name in _IN_PYTHON if getattr(before, name) != getattr(after, name)]
    runs = [_automation(blueprint, after) for blueprint in (scope.loaded.blueprint, scope.blueprint)]
    return [*names, *(["automation"] if runs[0] != runs[1] else [])]


def _automation(blueprint: Blueprint, asset: PlannedAsset) -> Any:
    return blueprint.assets[slash(asset.key)].automation
