"""The attributes of an asset as a component's YAML says them: only those that say something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from dagway.blueprint.load import LoadedBlueprint
from dagway.blueprint.model import Check, OnCron
from dagway.prototype.model import PlannedAsset, PlannedCheck, slash

Attributes = dict[str, Any]


def stated(attributes: Mapping[str, Any]) -> Attributes:
    """Without what is empty; an explicit 0 or false stays."""
    return {name: value for name, value in attributes.items() if value not in (None, "", (), [], {})}


def described(asset: PlannedAsset) -> str:
    """The description; every asset has one, even where the blueprint says nothing."""
    return asset.description or f"The rows of {slash(asset.key)}."


def common(
    asset: PlannedAsset,
    checks: Sequence[Check],
    automation: str | OnCron | None,
    timezone: str,
    loaded: LoadedBlueprint,
) -> Attributes:
    """What every asset of a component may carry."""
    timed = asset.partitions is not None or automation is not None
    return stated(
        {
            "description": described(asset),
            "group": asset.group,
            "owners": list(asset.owners),
            "tags": dict(asset.tags),
            "kinds": list(asset.kinds),
            "metadata": storage(asset) if asset.role != "export" else None,
            "columns": columns(asset),
            "partitions": plain_partitions(asset.partitions),
            "incremental": asset.incremental and {"column": asset.incremental},
            "freshness": asset.freshness,
            "automation": automation_text(automation),
            "timezone": timezone if timed and timezone != "UTC" else None,
            "checks": declared_checks(asset.checks, checks, loaded),
        }
    )


def columns(asset: PlannedAsset) -> Attributes:
    """Name → type, or type and description where there is one."""
    return {
        column.name: stated({"type": column.type, "description": column.description})
        if column.description or not column.type
        else column.type
        for column in asset.columns
    }


def storage(asset: PlannedAsset) -> dict[str, str]:
    """What Dagster's I/O managers need to find a table: the schema of a long key, the column of its partitions."""
    schema = "__".join(asset.key[:-1]) if len(asset.key) > 2 else None
    return stated({"schema": schema, "partition_expr": asset.incremental})


def plain_partitions(partitions: Mapping[str, Any] | None) -> Attributes | None:
    """The blueprint's partitions as plain data."""
    if partitions is None:
        return None
    return stated(
        {
            name: list(cast("Any", value)) if isinstance(value, tuple) else value
            for name, value in partitions.items()
        }
    )


def automation_text(automation: str | OnCron | None) -> str | None:
    """The expression as the blueprint's language writes it."""
    if isinstance(automation, OnCron):
        return f"on_cron({automation.on_cron!r})"
    return automation


def declared_checks(
    planned: Sequence[PlannedCheck], checks: Sequence[Check], loaded: LoadedBlueprint
) -> list[Attributes]:
    """The checks that a component runs. Those in Python are definitions of their own."""
    return [
        _check(plan, check, loaded)
        for plan, check in zip(planned, checks, strict=True)
        if check.kind != "python"
    ]


def _check(planned: PlannedCheck, check: Check, loaded: LoadedBlueprint) -> Attributes:
    from dagway.blueprint.checks import check_name

    value = check.model_dump(mode="json", by_alias=True, exclude_none=True)[check.kind]
    if check.kind == "sql":
        value = loaded.sql_text(value).strip()
    if check.kind in ("unique", "not_null") and len(value) == 1:
        value = value[0]
    return stated(
        {
            check.kind: value,
            "severity": check.severity if check.severity != "error" else None,
            "blocking": check.blocking or None,
            "name": planned.name if planned.name != check_name(check) or check.name else None,
            "description": check.description,
        }
    )
