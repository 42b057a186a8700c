"""What schedules and sensors would do: their next tick, evaluated now, on the instance that has the runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from croniter import croniter
from dagster import (
    AutomationConditionSensorDefinition,
    DagsterInstance,
    RepositoryDefinition,
    ScheduleDefinition,
    SensorDefinition,
    build_schedule_context,
    build_sensor_context,
)

from dagway.project.model import Project, slash
from dagway.prototype.prove import conditions
from dagway.prototype.prove.causes import cause
from dagway.prototype.prove.model import ScheduleEvidence, SensorEvidence
from dagway.prototype.prove.numbers import counted


def schedules(
    project: Project,
    repository: RepositoryDefinition,
    instance: DagsterInstance,
    seconds: Mapping[str, float],
    now: datetime,
) -> tuple[ScheduleEvidence, ...]:
    """Each schedule's next tick after now, and how long its targets took in this proof.

    Args:
        seconds: the measured time of each asset, by key.
    """
    return tuple(
        _schedule(
            repository.get_schedule_def(item.name),
            [slash(key) for key in item.targets],
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
    repository: RepositoryDefinition,
    instance: DagsterInstance,
    seconds: Mapping[str, float],
    now: datetime,
) -> ScheduleEvidence:
    crons = (
        [schedule.cron_schedule] if isinstance(schedule.cron_schedule, str) else list(schedule.cron_schedule)
    )
    timezone = schedule.execution_timezone or "UTC"
    tick = min((next_tick(cron, timezone, now) for cron in crons), default=None)
    return ScheduleEvidence(
        name=schedule.name,
        cron=", ".join(crons),
        timezone=timezone,
        next_tick=tick.isoformat() if tick else None,
        targets=tuple(targets),
        seconds=sum(seconds.get(key, 0.0) for key in targets),
        error=_tick_error(schedule, tick, repository, instance) if tick else None,
    )


def next_tick(cron: str, timezone: str, now: datetime) -> datetime:
    """The first time after now at which the cron expression matches, in its own time zone."""
    return croniter(cron, now.astimezone(ZoneInfo(timezone))).get_next(datetime)


def _tick_error(
    schedule: ScheduleDefinition, tick: datetime, repository: RepositoryDefinition, instance: DagsterInstance
) -> str | None:
    """Evaluates the tick as the daemon would: None if it asks for a run, else why it does not."""
    try:
        with build_schedule_context(
            instance=instance, scheduled_execution_time=tick, repository_def=repository
        ) as context:
            answer = schedule.evaluate_tick(context)
    # The schedule's own code may fail in any way: that is what the evidence has to say.
    except Exception as error:
        return f"its tick fails: {cause(error)}"
    if answer.run_requests:
        return None
    return f"its tick asks for no run: {answer.skip_message or 'no reason given'}"


def sensors(
    project: Project,
    repository: RepositoryDefinition,
    instance: DagsterInstance,
    leave: Sequence[str],
    now: datetime,
) -> tuple[SensorEvidence, ...]:
    """One evaluated tick of each sensor, but those to leave: alerts have their own proof."""
    found = [
        (repository.get_sensor_def(item.name), item.targets)
        for item in project.sensors
        if item.name not in leave
    ]
    return tuple(_sensor(sensor, targets, repository, instance, now) for sensor, targets in found)


def _sensor(
    sensor: SensorDefinition,
    targets: tuple[str, ...],
    repository: RepositoryDefinition,
    instance: DagsterInstance,
    now: datetime,
) -> SensorEvidence:
    kind = sensor.sensor_type.value
    if isinstance(sensor, AutomationConditionSensorDefinition):
        definitions = conditions.definitions_of(repository)
        return conditions.evaluate(sensor, targets, definitions, instance, now)
    try:
        with build_sensor_context(
            instance=instance, repository_def=repository, sensor_name=sensor.name
        ) as context:
            answer = sensor.evaluate_tick(context)
    # The sensor's own code may fail in any way: that is what the evidence has to say.
    except Exception as error:
        return SensorEvidence(sensor.name, kind, False, f"its tick fails: {cause(error)}", targets)
    asked = len(answer.run_requests or ())
    summary = (
        f"its tick asks for {counted(asked, 'run')}"
        if asked
        else f"its tick waits: {answer.skip_message or 'nothing new'}"
    )
    return SensorEvidence(sensor.name, kind, True, summary, targets)
