"""The `defs.yaml` files of a project: one for each line of the blueprint that a component serves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dagway.blueprint.load import LoadedBlueprint
from dagway.blueprint.model import Blueprint, Export, SourceTable
from dagway.prototype.build.attributes import Attributes, common, declared_checks, stated
from dagway.prototype.model import Plan, PlannedAlert, PlannedAsset, PlannedSchedule, PlannedSensor, slash

_PREFIX = "dagway.components."


@dataclass(frozen=True)
class Document:
    """One `defs.yaml`.

    Attributes:
        folder: relative to the `defs` folder.
        origin: the blueprint's line, such as `assets/staging/orders`.
        components: type and attributes of each.
        files: what lies beside it, by name.
    """

    folder: str
    origin: str
    components: tuple[tuple[str, Attributes], ...]
    files: tuple[tuple[str, str], ...] = ()


def asset_folder(key: tuple[str, ...]) -> str:
    """`staging/orders`; a key of three segments in the folder of its schema, `a__b/c`."""
    return "/".join(("__".join(key[:-1]), key[-1]))


def documents(loaded: LoadedBlueprint, blueprint: Blueprint, plan: Plan) -> Iterator[Document]:
    """Every document of one environment's blueprint and plan."""
    yield from _sources(loaded, blueprint, plan)
    for asset in plan.assets:
        match asset.role:
            case "sql":
                yield _model(loaded, blueprint, plan, asset)
            case "python" if any(check.kind != "python" for check in asset.checks):
                yield _data_checks(loaded, blueprint, asset)
            case "export" if asset.buildable:
                yield _export(loaded, blueprint, plan, asset)
            case _:
                pass
    yield from (_schedule(schedule) for schedule in plan.schedules)
    yield from (_sensor(sensor) for sensor in plan.sensors if sensor.kind != "python")
    yield from (_alert(alert) for alert in plan.alerts)


def _sources(loaded: LoadedBlueprint, blueprint: Blueprint, plan: Plan) -> Iterator[Document]:
    tables: dict[str, list[PlannedAsset]] = {}
    for asset in plan.assets:
        if asset.role == "source" and asset.buildable:
            tables.setdefault(asset.key[0], []).append(asset)
    # Beside a `defs.yaml` no Python file is loaded.
    shared = {
        asset.key[0]
        for asset in plan.assets
        if asset.role in ("sql", "python") or any(check.kind == "python" for check in asset.checks)
    }
    for name, assets in tables.items():
        folder = f"{name}/_source" if name in shared else name
        yield Document(folder, f"sources/{name}", (_source(loaded, blueprint, name, assets),))


def _source(
    loaded: LoadedBlueprint, blueprint: Blueprint, name: str, assets: list[PlannedAsset]
) -> tuple[str, Attributes]:
    source = blueprint.sources[name]
    kind = assets[0].component or f"{_PREFIX}SqlTables"
    attributes: Attributes = {
        "source": name,
        "integration": source.integration,
        "path": source.path if kind.endswith(".Files") else None,
        "tables": [_table(loaded, blueprint, name, asset) for asset in assets],
    }
    return kind, stated(attributes) | {"demo_mode": False} | stated({"demo_path": source.demo})


def _table(
    loaded: LoadedBlueprint, blueprint: Blueprint, source_name: str, asset: PlannedAsset
) -> Attributes:
    source = blueprint.sources[source_name]
    table: SourceTable = source.table(asset.key[-1])
    at_source = stated({"table": table.name, "path": table.path, "allow_empty": table.allow_empty or None})
    automation = table.automation or source.automation
    return (
        {"name": asset.key[-1]}
        | at_source
        | common(asset, table.checks, automation, blueprint.timezone, loaded)
    )


def _model(loaded: LoadedBlueprint, blueprint: Blueprint, plan: Plan, asset: PlannedAsset) -> Document:
    line = blueprint.assets[slash(asset.key)]
    file = f"{asset.key[-1]}.sql"
    attributes: Attributes = {
        "key": slash(asset.key),
        "sql_file": file,
        "dialect": plan.dialect,
        "materialized": line.materialized if line.materialized != "table" else None,
        "deps": list(line.deps),
    }
    attributes = stated(attributes) | common(asset, line.checks, line.automation, blueprint.timezone, loaded)
    query = (asset.sql or loaded.sql_text(line.sql or "")).strip() + "\n"
    origin = f"assets/{slash(asset.key)}"
    return Document(asset_folder(asset.key), origin, ((f"{_PREFIX}SqlModel", attributes),), ((file, query),))


def _data_checks(loaded: LoadedBlueprint, blueprint: Blueprint, asset: PlannedAsset) -> Document:
    line = blueprint.assets[slash(asset.key)]
    attributes: Attributes = {
        "asset": slash(asset.key),
        "dialect": None,
        "checks": declared_checks(asset.checks, line.checks, loaded),
    }
    component = (f"{_PREFIX}DataChecks", stated(attributes))
    return Document(f"{asset_folder(asset.key)}_checks", f"assets/{slash(asset.key)}", (component,))


def _export(loaded: LoadedBlueprint, blueprint: Blueprint, plan: Plan, asset: PlannedAsset) -> Document:
    name = asset.key[-1]
    line = blueprint.exports[name]
    kind = asset.component or f"{_PREFIX}ObjectExport"
    attributes: Attributes = {"key": slash(asset.key)} | _destination(asset, line, kind)
    attributes |= common(asset, (), line.automation, blueprint.timezone, loaded) | {"demo_mode": False}
    return Document(f"exports/{name}", f"exports/{name}", ((kind, stated(attributes)),))


def _destination(asset: PlannedAsset, line: Export, kind: str) -> Attributes:
    """What leaves, and where to."""
    if kind.endswith("Sync"):
        variable = f"{asset.integration.upper()}_API_KEY"
        return stated({"model": line.from_, "sync_id": line.sync, "api_key": f"{{{{ env('{variable}') }}}}"})
    if kind.endswith("TableExport"):
        named = {
            "database": database_key(asset.key[-1]),
            "integration": line.integration,
            "table": line.table,
        }
        return stated({"asset": line.from_, **named})
    return stated({"asset": line.from_, "path": line.path, "format": line.format})


def database_key(export: str) -> str:
    """The resource of an export's database."""
    return f"{export}_database"


def _schedule(schedule: PlannedSchedule) -> Document:
    attributes: Attributes = {
        "name": schedule.name,
        "job_name": f"{schedule.name}_job",
        "cron_schedule": schedule.cron,
        "timezone": schedule.timezone,
        "asset_selection": schedule.selection,
        "description": schedule.description,
    }
    return _automation("schedules", schedule.name, "ScheduledJob", attributes)


def _sensor(sensor: PlannedSensor) -> Document:
    what = {"watch": sensor.what} if sensor.kind == "watch" else {"asset": sensor.what}
    attributes: Attributes = {
        "name": sensor.name,
        "job_name": f"{sensor.name}_job",
        **what,
        "asset_selection": sensor.selection,
        "every": sensor.every,
        "description": sensor.description,
    }
    kind = "FileSensor" if sensor.kind == "watch" else "AssetSensor"
    return _automation("sensors", sensor.name, kind, attributes)


def _alert(alert: PlannedAlert) -> Document:
    shared: dict[str, Any] = {
        "when": alert.when,
        "selection": alert.selection,
        "description": alert.description,
        "demo_mode": False,
    }
    both = bool(alert.slack and alert.webhook)
    components: list[tuple[str, Attributes]] = []
    if alert.slack:
        attributes = {"name": alert.name, "channel": alert.slack} | shared
        components.append((f"{_PREFIX}SlackAlert", stated(attributes)))
    if alert.webhook:
        name = f"{alert.name}_webhook" if both else alert.name
        attributes = {"name": name, "url": alert.webhook} | shared
        components.append((f"{_PREFIX}WebhookAlert", stated(attributes)))
    return Document(f"alerts/{alert.name}", f"alerts/{alert.name}", tuple(components))


def _automation(section: str, name: str, kind: str, attributes: Attributes) -> Document:
    component = (f"{_PREFIX}{kind}", stated(attributes))
    return Document(f"{section}/{name}", f"{section}/{name}", (component,))
