"""What was seen of schedules, sensors and conditions, as pieces of evidence. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dagway.prototype.model import Plan, PlannedAsset, PlannedSchedule, slash
from dagway.prototype.prove.deadlines import is_ready
from dagway.prototype.prove.model import AssetEvidence, Facts, Item, TickEvidence
from dagway.prototype.prove.numbers import counted

#: The kinds of sensors that evaluate automation conditions.
AUTOMATION = {"AUTOMATION", "AUTO_MATERIALIZE"}


def condition_item(line: str, planned: PlannedAsset, asset: AssetEvidence, facts: Facts) -> Item:
    """Whether the asset's condition asked for a run once something changed."""
    if asset.automation is None:
        said = f"{asset.key} carries no automation condition: {planned.automation.what}"
        return Item(line, "automation", False, said)
    watching = [item for item in facts.sensors if item.kind in AUTOMATION and asset.key in item.targets]
    if not watching:
        return Item(line, "automation", False, f"no sensor evaluates the condition of {asset.key}")
    found = next((item for item in watching if asset.key in item.asked), watching[0])
    if asset.key not in found.asked:
        said = f"the condition of {asset.key}, {asset.automation}, was not evaluated: {found.name}: {found.summary}"
        return Item(line, "automation", False, said)
    details = {"sensor": found.name, "asked": found.asked[asset.key], "asks": found.asks.get(asset.key)}
    if asset.key not in found.asks:
        said = (
            f"the condition of {asset.key}, {asset.automation}, asked for no run: neither after its upstream was updated,"
            " nor at its time, nor while its rows were missing"
        )
        return Item(line, "automation", False, said, True, details)
    said = f"{asset.key} runs by itself, {asset.automation}: {found.asks[asset.key]}, its condition asked for a run"
    return Item(line, "automation", True, said, True, details)


def schedule_item(line: str, name: str, plan: Plan, facts: Facts) -> Item:
    """Whether the schedule asks for its runs at two successive ticks, in its zone, and is done in time."""
    planned = next((item for item in plan.schedules if item.name == name), None)
    seen = next((item for item in facts.schedules if item.name in names_of(name)), None)
    if seen is None:
        return Item(line, "schedule", False, f"The loaded project has no schedule {name}.")
    if seen.error or seen.next_tick is None:
        return Item(
            line, "schedule", False, f"{name} has no next tick: {seen.error or 'the cron never matches'}"
        )
    if not seen.targets:
        return Item(line, "schedule", False, f"{name} selects no asset.")
    if lacking := _not_materialized(planned, facts):
        return Item(
            line, "schedule", False, f"{name} would run, but its targets failed: {', '.join(lacking)}"
        )
    if planned and planned.timezone != seen.timezone:
        said = f"{name} ticks by the clock of {seen.timezone}, not of {planned.timezone}"
        return Item(line, "schedule", False, said)
    ticks = [datetime.fromisoformat(tick.at).astimezone(ZoneInfo(seen.timezone)) for tick in seen.ticks]
    if len(ticks) < 2:
        return Item(line, "schedule", False, f"{name} has one tick, and none after it")
    summary = (
        f"{name}: the ticks of {_moments(ticks)} {seen.timezone} ask for {_runs(seen.ticks)}; the run of "
        f"{counted(len(seen.targets), 'asset')} took {seen.seconds:.1f} s"
    )
    details = {
        "next_tick": seen.next_tick,
        "ticks": [asdict(tick) for tick in seen.ticks],
        "seconds": seen.seconds,
        "targets": list(seen.targets),
    }
    if planned is None or planned.ready_by is None:
        return Item(line, "schedule", True, summary, True, details)
    length = timedelta(seconds=seen.seconds)
    in_time = all(is_ready(tick, length, planned.ready_by) for tick in ticks)
    word = "ready" if in_time else "not ready"
    return Item(line, "schedule", in_time, f"{summary}, {word} by {planned.ready_by}", True, details)


def names_of(schedule: str) -> tuple[str, ...]:
    """What a planned schedule may be called in the loaded project."""
    return schedule, f"{schedule}_schedule", f"{schedule}_job_schedule"


def _moments(ticks: Sequence[datetime]) -> str:
    return " and ".join(f"{tick:%Y-%m-%d %H:%M}" for tick in ticks)


def _runs(ticks: Sequence[TickEvidence]) -> str:
    """`a run each`, or the parts that the runs fill where those differ."""
    parts = [", ".join(tick.partitions) for tick in ticks]
    if len(set(parts)) == len(parts):
        return f"the parts {' and '.join(parts)}"
    return "a run each" if all(tick.runs == 1 for tick in ticks) else "runs each"


def _not_materialized(planned: PlannedSchedule | None, facts: Facts) -> list[str]:
    keys = [slash(key) for key in planned.targets] if planned else []
    return [key for key in keys if not (seen := facts.asset(key)) or not seen.materialized]


def sensor_item(line: str, name: str, facts: Facts) -> Item:
    """Whether the sensor asked for a run once it was set off."""
    seen = next((item for item in facts.sensors if item.name == name), None)
    if seen is None:
        return Item(line, "sensor", False, f"The loaded project has no sensor {name}.")
    details = {"targets": list(seen.targets), "runs": seen.runs}
    return Item(line, "sensor", seen.evaluated and seen.runs > 0, f"{name}: {seen.summary}", True, details)
