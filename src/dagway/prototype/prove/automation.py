"""What schedules and sensors would do: their next tick, evaluated now, on the instance that has the runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from dagster import (
    AutomationConditionSensorDefinition,
    DagsterInstance,
    RepositoryDefinition,
    RunRequest,
    ScheduleDefinition,
    build_schedule_context,
)

from dagway._dagster.ticks import ticks
from dagway.project.model import Project, slash
from dagway.prototype.model import Plan
from dagway.prototype.prove import conditions
from dagway.prototype.prove.causes import cause
from dagway.prototype.prove.deadlines import judged_ticks
from dagway.prototype.prove.model import ScheduleEvidence, SensorEvidence, TickEvidence
from dagway.prototype.prove.rhythm import Clock
from dagway.prototype.prove.setting_off import set_off
from dagway.prototype.prove.updates import copy_of
from dagway.prototype.prove.verdict_automation import names_of


def schedules(
    project: Project,
    plan: Plan | None,
    repository: RepositoryDefinition,
    instance: DagsterInstance,
    seconds: Mapping[str, float],
    now: datetime,
) -> tuple[ScheduleEvidence, ...]:
    """Each schedule's next tick after now, and how long its targets took in this proof.

    Args:
        plan: says by when a schedule has to be ready.
        seconds: the measured time of each asset, by key.
    """
    ready_by = {name: one.ready_by for one in (plan.schedules if plan else ()) for name in names_of(one.name)}
    return tuple(
        _schedule(
            repository.get_schedule_def(item.name),
            [slash(key) for key in item.targets],
            ready_by.get(item.name),
            repository,
            instance,
            seconds,
            now,
        )
        for item in project.schedules
    )


def _schedule(
    schedule: ScheduleDefinition,
    targets: Sequence[str],
    ready_by: str | None,
    repository: RepositoryDefinition,
    instance: DagsterInstance,
    seconds: Mapping[str, float],
    now: datetime,
) -> ScheduleEvidence:
    crons = _crons(schedule)
    timezone = schedule.execution_timezone or "UTC"
    following = list(islice(ticks(crons, timezone, now), 2))
    local = now.astimezone(ZoneInfo(timezone))
    judged = (
        judged_ticks(lambda after: ticks(crons, timezone, after), ready_by, local) if ready_by else following
    )
    seen, error = _evaluated(schedule, judged, repository, instance)
    return ScheduleEvidence(
        name=schedule.name,
        cron=", ".join(crons),
        timezone=timezone,
        next_tick=following[0].isoformat() if following else None,
        targets=tuple(targets),
        seconds=sum(seconds.get(key, 0.0) for key in targets),
        ticks=seen,
        error=error,
    )


def clocks(project: Project, repository: RepositoryDefinition, seconds: Mapping[str, float]) -> list[Clock]:
    """When each schedule runs which assets, and how long that took here."""
    found = [(item, repository.get_schedule_def(item.name)) for item in project.schedules]
    return [
        Clock(
            item.name,
            _crons(schedule),
            schedule.execution_timezone or "UTC",
            frozenset(targets := [slash(key) for key in item.targets]),
            sum(seconds.get(key, 0.0) for key in targets),
        )
        for item, schedule in found
    ]


def _crons(schedule: ScheduleDefinition) -> tuple[str, ...]:
    cron = schedule.cron_schedule
    return (cron,) if isinstance(cron, str) else tuple(cron)


def _evaluated(
    schedule: ScheduleDefinition,
    moments: Sequence[datetime],
    repository: RepositoryDefinition,
    instance: DagsterInstance,
) -> tuple[tuple[TickEvidence, ...], str | None]:
    """What each tick asks for, and what is wrong with it."""
    seen: list[TickEvidence] = []
    for which, moment in zip(("its tick", "its second tick"), moments, strict=False):
        try:
            with build_schedule_context(
                instance=instance, scheduled_execution_time=moment, repository_def=repository
            ) as context:
                answer = schedule.evaluate_tick(context)
        # The schedule's own code may fail in any way: that is what the evidence has to say.
        except Exception as error:
            return tuple(seen), f"{which} fails: {cause(error)}"
        if not answer.run_requests:
            return tuple(seen), f"{which} asks for no run: {answer.skip_message or 'no reason given'}"
        tick = _tick(moment, answer.run_requests)
        if seen and set(tick.run_keys) & set(seen[-1].run_keys):
            said = f"{which} has the run key of the one before, {tick.run_keys[0]}: Dagster starts no second run for it"
            return tuple(seen), said
        seen.append(tick)
    return tuple(seen), None


def _tick(moment: datetime, requests: Sequence[RunRequest]) -> TickEvidence:
    return TickEvidence(
        at=moment.isoformat(),
        runs=len(requests),
        partitions=tuple(dict.fromkeys(item.partition_key for item in requests if item.partition_key)),
        run_keys=tuple(dict.fromkeys(item.run_key for item in requests if item.run_key)),
    )


def sensors(
    project: Project,
    plan: Plan | None,
    repository: RepositoryDefinition,
    instance: DagsterInstance,
    leave: Sequence[str],
    now: datetime,
) -> tuple[SensorEvidence, ...]:
    """What each sensor asks for once it is set off, but those to leave: alerts have their own proof."""
    planned = {item.name: item for item in (plan.sensors if plan else ())}
    found = [
        (repository.get_sensor_def(item.name), item.targets)
        for item in project.sensors
        if item.name not in leave
    ]
    return tuple(
        _condition_sensor(sensor, targets, repository, instance, now)
        if isinstance(sensor, AutomationConditionSensorDefinition)
        else set_off(sensor, targets, planned.get(sensor.name), repository, instance)
        for sensor, targets in found
    )


def _condition_sensor(
    sensor: AutomationConditionSensorDefinition,
    targets: tuple[str, ...],
    repository: RepositoryDefinition,
    instance: DagsterInstance,
    now: datetime,
) -> SensorEvidence:
    with copy_of(Path(instance.root_directory)) as copied:
        return conditions.evaluate(sensor, targets, conditions.definitions_of(repository), copied, now)
