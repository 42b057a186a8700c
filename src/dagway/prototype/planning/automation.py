"""What runs each asset: fixed time → schedule, polling → sensor, follows data → condition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dagway.blueprint.model import Blueprint, OnCron
from dagway.prototype.model import AssetKey, Automation, PlannedAsset, PlannedSchedule, PlannedSensor
from dagway.prototype.planning.triggers import words_of

Triggers = Mapping[AssetKey, list[PlannedSchedule | PlannedSensor]]


def triggers_of(found: Iterable[PlannedSchedule | PlannedSensor]) -> Triggers:
    """The schedules and sensors that reach each asset."""
    reached: dict[AssetKey, list[PlannedSchedule | PlannedSensor]] = {}
    for trigger in found:
        for key in trigger.targets:
            reached.setdefault(key, []).append(trigger)
    return reached


def conditions_of(blueprint: Blueprint) -> Mapping[AssetKey, str]:
    """The conditions that the blueprint gives, as text such as `eager` or `on_cron('0 5 * * *')`."""
    said = {
        (name, table): source.table(table).automation or source.automation
        for name, source in blueprint.sources.items()
        for table in source.tables
    }
    said |= {tuple(key.split("/")): asset.automation for key, asset in blueprint.assets.items()}
    said |= {("exports", name): export.automation for name, export in blueprint.exports.items()}
    return {key: condition_text(value) for key, value in said.items() if value}


def condition_text(value: str | OnCron) -> str:
    """The condition as the language's expression."""
    return f"on_cron({value.on_cron!r})" if isinstance(value, OnCron) else value


def automation(asset: PlannedAsset, condition: str | None, triggers: Triggers) -> Automation:
    """What runs one asset. A condition of its own says most, so it is named first."""
    reached = triggers.get(asset.key, [])
    if not asset.buildable:
        return Automation("none", "", "it is not built")
    if condition:
        return Automation("condition", condition, _condition_reason(condition, reached))
    schedules = [trigger for trigger in reached if isinstance(trigger, PlannedSchedule)]
    if schedules:
        what = ", ".join(f"{schedule.name}: {schedule.cron}" for schedule in schedules)
        times = " and ".join(f"{words_of(one.cron)} ({one.timezone})" for one in schedules)
        return Automation("schedule", what, f"it is wanted at a fixed time, {times}")
    sensors = [trigger for trigger in reached if isinstance(trigger, PlannedSensor)]
    if sensors:
        what = ", ".join(f"{sensor.name}: {sensor.what}" for sensor in sensors)
        return Automation("sensor", what, f"it is polled for: {sensors[0].reason}")
    return Automation(
        "none",
        "",
        "nothing runs it by itself: add it to a schedule's selection, or write `automation: eager`",
    )


def _condition_reason(condition: str, reached: list[PlannedSchedule | PlannedSensor]) -> str:
    reason = (
        "it follows its data: a tick starts it once everything upstream is new"
        if "on_cron" in condition
        else "it follows its data: a change upstream starts it, at no fixed time"
    )
    if not reached:
        return reason
    names = " and ".join(trigger.name for trigger in reached)
    return f"{reason}; {names} run{'s' if len(reached) == 1 else ''} it as well, so it may run twice"


def runs_twice(asset: PlannedAsset, triggers: Triggers) -> bool:
    """Whether both a condition and a schedule or sensor start the asset."""
    return asset.automation.kind == "condition" and asset.key in triggers
