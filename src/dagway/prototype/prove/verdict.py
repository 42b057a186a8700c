"""The verdict on each requirement, from the plan and what the worker saw. Pure: no clock, no files.

Whatever is not shown counts as unmet: an asset that the plan names and the project lacks, a check that did not run,
a line of an unknown kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from dagway.prototype.model import (
    Plan,
    PlannedAlert,
    PlannedAsset,
    PlannedCheck,
    PlannedSchedule,
    Requirement,
    slash,
)
from dagway.prototype.prove.model import (
    AssetEvidence,
    CheckEvidence,
    Facts,
    Item,
    RequirementEvidence,
)
from dagway.prototype.prove.numbers import age, counted

#: The kinds of sensors that evaluate automation conditions.
AUTOMATION = {"AUTOMATION", "AUTO_MATERIALIZE"}


def verdicts(plan: Plan, facts: Facts) -> tuple[RequirementEvidence, ...]:
    """One verdict for each requirement of the plan, in its order."""
    return tuple(_verdict(requirement, plan, facts) for requirement in plan.requirements)


def _verdict(requirement: Requirement, plan: Plan, facts: Facts) -> RequirementEvidence:
    items = tuple(item for line in requirement.met_by for item in _line(line, plan, facts))
    items += tuple(_not_built(requirement, plan))
    if not items:
        items = (Item("", "blueprint", False, "Nothing in the blueprint meets it."),)
    met = all(item.passed for item in items if item.required)
    return RequirementEvidence(requirement.id, requirement.text, met, items)


def _not_built(requirement: Requirement, plan: Plan) -> Iterator[Item]:
    """Lines that meet the requirement in the blueprint and that this version could not build."""
    for asset in plan.assets:
        if requirement.id in asset.meets and not asset.buildable:
            key = slash(asset.key)
            yield Item(key, "blueprint", False, f"{key} was not built: {asset.reason}")


def _line(line: str, plan: Plan, facts: Facts) -> Iterator[Item]:
    kind, _, name = line.partition("/")
    match kind:
        case "assets":
            yield from _assets(line, [item for item in plan.assets if slash(item.key) == name], facts)
        case "sources":
            yield from _assets(line, [item for item in plan.assets if _is_source(item, name)], facts)
        case "exports":
            yield from _export(line, name, plan, facts)
        case "schedules":
            yield _schedule(line, name, plan, facts)
        case "sensors":
            yield _sensor(line, name, facts)
        case "alerts":
            yield from _alert(line, name, plan, facts)
        case _:
            yield Item(line, "blueprint", False, f"Nothing proves a line of the kind {kind!r}.")


def _is_source(asset: PlannedAsset, name: str) -> bool:
    return asset.role == "source" and (asset.key[0] == name or slash(asset.key) == name)


def _assets(line: str, planned: list[PlannedAsset], facts: Facts) -> Iterator[Item]:
    if not planned:
        yield Item(line, "materialization", False, "The plan has no such asset.")
    for asset in planned:
        yield from _asset(line, asset, facts)


def _asset(line: str, planned: PlannedAsset, facts: Facts) -> Iterator[Item]:
    key = slash(planned.key)
    seen = facts.asset(key)
    if not planned.buildable:
        yield Item(line, "materialization", False, f"{key} was not built: {planned.reason}")
        return
    if seen is None:
        yield Item(line, "materialization", False, f"{key} is not in the loaded project.")
        return
    if planned.scaffolded and seen.error:
        yield Item(line, "materialization", False, f"{key} is a skeleton still to be written: {seen.error}")
        return
    yield _materialization(line, seen)
    yield from (_check(line, key, check, _named(seen, check.name)) for check in planned.checks)
    if planned.freshness:
        yield _freshness(line, seen)
    if planned.automation.kind == "condition":
        yield _condition(line, planned, seen, facts)


def _materialization(line: str, asset: AssetEvidence) -> Item:
    if not asset.materialized:
        return Item(
            line,
            "materialization",
            False,
            f"{asset.key} was not materialized: {asset.error or 'it did not run'}",
        )
    parts = [counted(asset.rows, "row")] if asset.rows is not None else []
    parts += [counted(asset.partitions, "partition")] if asset.partitions else []
    parts += [f"{asset.seconds:.2f} s"] if asset.seconds is not None else []
    details = {"rows": asset.rows, "partitions": asset.partitions, "seconds": asset.seconds}
    summary = f"{asset.key} was materialized" + (f": {', '.join(parts)}" if parts else "")
    if _is_asset_error(asset):
        return Item(
            line, "materialization", False, f"{summary}, then its step failed: {asset.error}", True, details
        )
    return Item(line, "materialization", True, summary, True, details)


def _is_asset_error(asset: AssetEvidence) -> bool:
    """A blocking check that failed also fails the step; the check's own item says so, and counts by its severity."""
    return asset.error is not None and all(check.passed for check in asset.checks)


def _named(asset: AssetEvidence, name: str) -> CheckEvidence | None:
    return next((check for check in asset.checks if check.name == name), None)


def _check(line: str, key: str, planned: PlannedCheck, seen: CheckEvidence | None) -> Item:
    if seen is None:
        return Item(
            line, "check", False, f"{key}: the check {planned.name} did not run.", planned.severity == "error"
        )
    required = planned.severity == "error" or seen.severity == "error"
    details = {"failed_rows": seen.failed_rows, "severity": seen.severity, **seen.details}
    if seen.passed:
        return Item(line, "check", True, f"{key}: {seen.name} passed", required, details)
    rows = f", {counted(seen.failed_rows, 'row')} fail" if seen.failed_rows else ""
    why = f": {seen.description}" if seen.description else ""
    warning = "" if required else " (a warning)"
    return Item(line, "check", False, f"{key}: {seen.name} failed{warning}{rows}{why}", required, details)


def _freshness(line: str, asset: AssetEvidence) -> Item:
    if asset.freshness is None:
        return Item(
            line, "freshness", False, f"{asset.key} has no freshness policy on its loaded definition."
        )
    if not asset.fresh:
        return Item(
            line,
            "freshness",
            False,
            f"{asset.key} is stale, not {asset.freshness}: {_last(asset)}",
        )
    details = {"age_seconds": asset.age, "policy": asset.freshness}
    summary = f"{asset.key} is fresh, {asset.freshness}: {_last(asset)}"
    return Item(line, "freshness", True, summary, True, details)


def _last(asset: AssetEvidence) -> str:
    return "never materialized" if asset.age is None else f"materialized {age(asset.age)} ago"


def _condition(line: str, planned: PlannedAsset, asset: AssetEvidence, facts: Facts) -> Item:
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
    asked = found.asked[asset.key]
    asks = f"asks for {counted(asked, 'run')}" if asked else "asks for nothing more"
    summary = (
        f"{asset.key} runs by itself, {asset.automation}: its condition, evaluated after the runs, {asks}"
    )
    return Item(line, "automation", True, summary, True, {"sensor": found.name, "asked": asked})


def _export(line: str, name: str, plan: Plan, facts: Facts) -> Iterator[Item]:
    planned = [item for item in plan.assets if item.role == "export" and item.key[-1] == name]
    yield from _assets(line, planned, facts)
    for asset in planned:
        key = slash(asset.key)
        seen = next((item for item in facts.exports if item.key == key), None)
        if seen is None:
            yield Item(line, "export", False, f"{key} was not read back.")
        elif seen.error:
            yield Item(
                line, "export", False, f"{key} could not be read back from {seen.location}: {seen.error}"
            )
        else:
            details = {"location": seen.location, "rows": seen.rows, "upstream_rows": seen.upstream_rows}
            rows = "no count" if seen.upstream_rows is None else f"{seen.upstream_rows:,}"
            summary = f"{counted(seen.rows or 0, 'row')} read back from {seen.location}, {rows} in its table"
            passed = seen.rows is not None and seen.rows == seen.upstream_rows
            yield Item(line, "export", passed, summary, True, details)


def _schedule(line: str, name: str, plan: Plan, facts: Facts) -> Item:
    planned = next((item for item in plan.schedules if item.name == name), None)
    names = {name, f"{name}_schedule", f"{name}_job_schedule"}
    seen = next((item for item in facts.schedules if item.name in names), None)
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
    tick = datetime.fromisoformat(seen.next_tick)
    done = tick + timedelta(seconds=seen.seconds)
    summary = (
        f"{name}: next tick {tick:%Y-%m-%d %H:%M} {seen.timezone}, the run of {counted(len(seen.targets), 'asset')} took "
        f"{seen.seconds:.1f} s"
    )
    details = {"next_tick": seen.next_tick, "seconds": seen.seconds, "targets": list(seen.targets)}
    if planned is None or planned.ready_by is None:
        return Item(line, "schedule", True, summary, True, details)
    in_time = is_ready(tick, done, planned.ready_by)
    word = "ready" if in_time else "not ready"
    return Item(line, "schedule", in_time, f"{summary}, {word} by {planned.ready_by}", True, details)


def is_ready(tick: datetime, done: datetime, ready_by: str) -> bool:
    """Whether a run that starts at the tick is done before that time of the tick's own day."""
    hour, minute = (int(part) for part in ready_by.split(":"))
    return done <= tick.replace(hour=hour, minute=minute, second=0, microsecond=0)


def _not_materialized(planned: PlannedSchedule | None, facts: Facts) -> list[str]:
    keys = [slash(key) for key in planned.targets] if planned else []
    return [key for key in keys if not (seen := facts.asset(key)) or not seen.materialized]


def _sensor(line: str, name: str, facts: Facts) -> Item:
    seen = next((item for item in facts.sensors if item.name == name), None)
    if seen is None:
        return Item(line, "sensor", False, f"The loaded project has no sensor {name}.")
    details = {"targets": list(seen.targets)}
    return Item(line, "sensor", seen.evaluated, f"{name}: {seen.summary}", True, details)


def _alert(line: str, name: str, plan: Plan, facts: Facts) -> Iterator[Item]:
    planned = next((alert for alert in plan.alerts if alert.name == name), None)
    seen = {item.name: item for item in facts.alerts}
    for sensor in sensors_of(planned) if planned else (name,):
        if (found := seen.get(sensor)) is None:
            yield Item(line, "alert", False, f"The loaded project has no alert {sensor}.")
        else:
            details = {"channel": found.channel, "text": found.text, "seconds": found.seconds}
            yield Item(line, "alert", found.received, f"{sensor}: {found.summary}", True, details)


def sensors_of(alert: PlannedAlert) -> tuple[str, ...]:
    """The sensors that an alert becomes: one, or two where it goes to Slack and to a webhook."""
    both = alert.slack and alert.webhook
    return (alert.name, f"{alert.name}_webhook") if both else (alert.name,)
