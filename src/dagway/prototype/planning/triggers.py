"""Schedules, sensors and alerts, each with the reason for its kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from dagway.blueprint.duration import seconds
from dagway.blueprint.model import Alert, Schedule, Sensor
from dagway.prototype.model import AssetKey, PlannedAlert, PlannedSchedule, PlannedSensor
from dagway.prototype.planning.partitions import check_taken_together
from dagway.prototype.planning.scope import Location, Scope
from dagway.prototype.planning.selection import Graph, SelectionError, select

EVERY = "30s"
_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FIXED = re.compile(r"(\d+) (\d+) \* \* (\*|[0-7])")


def plan_schedules(scope: Scope, graph: Graph) -> Iterator[PlannedSchedule]:
    """One for each schedule; a selection that means nothing is a mistake."""
    for name, said in scope.blueprint.schedules.items():
        timezone = said.timezone or scope.blueprint.timezone
        yield PlannedSchedule(
            name=name,
            cron=said.cron,
            timezone=timezone,
            selection=said.selection,
            ready_by=said.ready_by,
            description=said.description or "",
            reason=_schedule_reason(said, timezone),
            targets=_job(scope, graph, ("schedules", name, "selection"), said.selection),
            meets=said.meets,
        )


def plan_sensors(scope: Scope, graph: Graph) -> Iterator[PlannedSensor]:
    """One for each sensor; a selection that means nothing is a mistake."""
    for name, said in scope.blueprint.sensors.items():
        kind, what = _event(said)
        yield PlannedSensor(
            name=name,
            kind=kind,
            what=what,
            selection=said.selection,
            every=seconds(said.every or EVERY),
            description=said.description or "",
            reason=_sensor_reason(said, said.every or EVERY),
            targets=_job(scope, graph, ("sensors", name, "selection"), said.selection),
            meets=said.meets,
        )


def plan_alerts(scope: Scope, graph: Graph) -> Iterator[PlannedAlert]:
    """One for each alert."""
    for name, said in scope.blueprint.alerts.items():
        if said.selection is not None:
            _targets(scope, graph, ("alerts", name, "selection"), said.selection)
        yield PlannedAlert(
            name=name,
            when=said.when,
            slack=said.slack,
            webhook=said.webhook,
            selection=said.selection,
            description=said.description or "",
            reason=_alert_reason(said),
            meets=said.meets,
        )


def _event(said: Sensor) -> tuple[Literal["watch", "asset", "python"], str]:
    """What it waits for; reading has made sure that exactly one is given."""
    if said.watch is not None:
        return "watch", said.watch
    return ("asset", said.asset) if said.asset is not None else ("python", said.python or "")


def _job(scope: Scope, graph: Graph, location: Location, selection: str) -> tuple[AssetKey, ...]:
    """What one run takes."""
    found = _targets(scope, graph, location, selection)
    check_taken_together(scope, location, selection, [graph.assets[key] for key in found])
    return found


def _targets(scope: Scope, graph: Graph, location: Location, selection: str) -> tuple[AssetKey, ...]:
    try:
        found = select(selection, graph)
    except SelectionError as error:
        scope.mistake(location, error.message, error.remedy)
        return ()
    if not found and graph.whole:
        scope.mistake(location, f"the selection `{selection}` means no asset", _instead(graph))
    return found


def _instead(graph: Graph) -> str:
    groups = sorted({asset.group for asset in graph.assets.values()})[:5]
    return f"select by what there is, such as {' or '.join(f'group:{group}' for group in groups) or 'key:…'}"


def words_of(cron: str) -> str:
    """A cron expression in words where it is a time of day, else as it stands."""
    fixed = _FIXED.fullmatch(" ".join(cron.split()))
    if not fixed:
        return f"at {cron}"
    day = "every day" if fixed[3] == "*" else f"every {_DAYS[int(fixed[3])]}"
    return f"{day} at {int(fixed[2]):02d}:{int(fixed[1]):02d}"


def _schedule_reason(said: Schedule, timezone: str) -> str:
    goal = f", to be done by {said.ready_by}" if said.ready_by else ""
    return f"a fixed time is wanted, {words_of(said.cron)} ({timezone}){goal}: a schedule"


def _sensor_reason(said: Sensor, every: str) -> str:
    if said.watch:
        return f"files arrive at no fixed time: a sensor looks for {said.watch} every {every}"
    if said.asset:
        return f"it answers to each materialization of {said.asset}: a sensor looks every {every}"
    return f"only the function {said.python} knows when: a sensor asks it every {every}"


def _alert_reason(said: Alert) -> str:
    ways = [*([f"Slack {said.slack}"] if said.slack else []), *(["a webhook"] if said.webhook else [])]
    return f"people hear of it without looking: a sensor sends {said.when.replace('_', ' ')} to {' and '.join(ways)}"
