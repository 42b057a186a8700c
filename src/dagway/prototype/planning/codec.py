"""The plan as JSON and back. Keys are written as people write them, `staging/orders`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from typing import Any, cast

from dagway.prototype.model import (
    AssetKey,
    Automation,
    Column,
    ColumnSource,
    Plan,
    PlannedAlert,
    PlannedAsset,
    PlannedCheck,
    PlannedSchedule,
    PlannedSensor,
    Requirement,
    Variable,
    slash,
)

Json = Mapping[str, Any]


def write(plan: Plan) -> dict[str, Any]:
    """The plan as JSON's own types."""
    return {
        **_plain(plan),
        "assets": [_asset(asset) for asset in plan.assets],
        "schedules": [_trigger(schedule) for schedule in plan.schedules],
        "sensors": [_trigger(sensor) for sensor in plan.sensors],
        "alerts": [_plain(alert) for alert in plan.alerts],
        "requirements": [_plain(requirement) for requirement in plan.requirements],
        "variables": [_plain(variable) for variable in plan.variables],
    }


def read(data: Json) -> Plan:
    """The plan that `write` wrote.

    Raises:
        KeyError, TypeError: it is another shape.
    """
    values: dict[str, Any] = {
        **data,
        "assets": tuple(map(_read_asset, data["assets"])),
        "schedules": tuple(PlannedSchedule(**_read_trigger(one)) for one in data["schedules"]),
        "sensors": tuple(PlannedSensor(**_read_trigger(one)) for one in data["sensors"]),
        "alerts": tuple(PlannedAlert(**_tuples(one)) for one in data["alerts"]),
        "requirements": tuple(Requirement(**_tuples(one)) for one in data["requirements"]),
        "variables": tuple(Variable(**_tuples(one)) for one in data["variables"]),
        "notes": tuple(data["notes"]),
    }
    return Plan(**values)


def _plain(value: Any) -> dict[str, Any]:
    """A frozen value's fields, tuples as lists."""
    return {
        name: list(cast("tuple[Any, ...]", item)) if isinstance(item := getattr(value, name), tuple) else item
        for name in _names(cast("type[Any]", type(value)))
    }


@lru_cache(maxsize=32)
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _asset(asset: PlannedAsset) -> dict[str, Any]:
    return {
        **_plain(asset),
        "key": slash(asset.key),
        "deps": _slashes(asset.deps),
        "tags": dict(asset.tags),
        "automation": _plain(asset.automation),
        "columns": [_plain(column) for column in asset.columns],
        "lineage": {
            name: [{"asset": slash(one.asset), "column": one.column} for one in sources]
            for name, sources in asset.lineage.items()
        },
        "checks": [_plain(check) for check in asset.checks],
        "partitions": dict(asset.partitions) if asset.partitions is not None else None,
        "parameters": {name: slash(key) if key else None for name, key in asset.parameters.items()},
    }


def _trigger(trigger: PlannedSchedule | PlannedSensor) -> dict[str, Any]:
    return {**_plain(trigger), "targets": _slashes(trigger.targets)}


def _read_asset(data: Json) -> PlannedAsset:
    values: dict[str, Any] = {
        **_tuples(data),
        "key": _key(data["key"]),
        "deps": tuple(map(_key, data["deps"])),
        "automation": Automation(**data["automation"]),
        "columns": tuple(Column(**column) for column in data["columns"]),
        "lineage": {
            name: tuple(ColumnSource(_key(one["asset"]), one["column"]) for one in sources)
            for name, sources in data["lineage"].items()
        },
        "checks": tuple(PlannedCheck(**check) for check in data["checks"]),
        "parameters": {name: _key(key) if key else None for name, key in data["parameters"].items()},
    }
    return PlannedAsset(**values)


def _read_trigger(data: Json) -> dict[str, Any]:
    return {**_tuples(data), "targets": tuple(map(_key, data["targets"]))}


def _tuples(data: Json) -> dict[str, Any]:
    return {
        name: tuple(cast("list[Any]", value)) if isinstance(value, list) else value
        for name, value in data.items()
    }


def _slashes(keys: tuple[AssetKey, ...]) -> list[str]:
    return [slash(key) for key in keys]


def _key(text: str) -> AssetKey:
    return tuple(text.split("/"))
