"""What may not differ with the environment: the kind of system that serves a line, and what is written in Python."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dagway.blueprint.model import Blueprint, OnCron
from dagway.prototype.model import PlannedAsset, PlannedCheck, PlannedSensor, slash
from dagway.prototype.planning.checks import is_declarative
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
#: What the source of a sensor in Python says, besides its function.
_OF_SENSOR = ("selection", "every", "description")


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
            _refuse_python(scope, (*_line(asset), different[0]), slash(asset.key), different)
        if _in_python(was) != _in_python(asset):
            table = ("tables", asset.key[-1]) if asset.role == "source" else ()
            scope.mistake(
                (*_line(asset), *table, "checks"),
                f"{slash(asset.key)} has other checks in Python here, which are one for all environments",
                "write the same in every environment, and let the function ask for what differs, by a resource",
            )


def refuse_other_sensors(
    scope: Scope, base: Iterable[PlannedSensor], sensors: Iterable[PlannedSensor]
) -> None:
    """As `refuse_differences`, of sensors: those in Python are one for all environments."""
    before = {sensor.name: sensor for sensor in base}
    for sensor in sensors:
        was = before[sensor.name]
        words = {"python": (sensor.kind, sensor.what) != (was.kind, was.what)}
        words |= {name: getattr(sensor, name) != getattr(was, name) for name in _OF_SENSOR}
        different = [word for word, differs in words.items() if differs]
        if different and "python" in (sensor.kind, was.kind):
            at = sensor.kind if words["python"] else different[0]
            _refuse_python(scope, ("sensors", sensor.name, at), sensor.name, different)


def _refuse_python(scope: Scope, location: Location, name: str, different: Sequence[str]) -> None:
    scope.mistake(
        location,
        f"{name} is Python, one for all environments, and has another {' and '.join(different)} here",
        "leave it out of the environment, and let the function ask for what differs, by a resource",
    )


def _in_python(asset: PlannedAsset) -> list[PlannedCheck]:
    return [check for check in asset.checks if not is_declarative(check)]


def _line(asset: PlannedAsset) -> Location:
    if asset.role == "source":
        return "sources", asset.key[0]
    return ("exports", asset.key[-1]) if asset.role == "export" else ("assets", slash(asset.key))


def _served(asset: PlannedAsset) -> str:
    return asset.component.rpartition(".")[2] if asset.component else "Python"


def _different(scope: Scope, before: PlannedAsset, after: PlannedAsset) -> list[str]:
    names = [name for name in _IN_PYTHON if getattr(before, name) != getattr(after, name)]
    blueprints = (scope.loaded.blueprint, scope.blueprint)
    runs = [_automation(blueprint, after) for blueprint in blueprints]
    zones = {blueprint.timezone for blueprint in blueprints}
    return [
        *names,
        *(["automation"] if runs[0] != runs[1] else []),
        *(["timezone"] if len(zones) > 1 and _has_clock(after, runs[1]) else []),
    ]


def _automation(blueprint: Blueprint, asset: PlannedAsset) -> str | OnCron | None:
    return blueprint.assets[slash(asset.key)].automation


def _has_clock(asset: PlannedAsset, automation: str | OnCron | None) -> bool:
    """Whether the source says a time of day: of parts that are times, or of a condition."""
    parts = {kind for kind, value in (asset.partitions or {}).items() if value is not None}
    timed = bool(parts - {"static", "dynamic", "end"})
    return timed or isinstance(automation, OnCron) or "on_cron" in (automation or "")
