"""What schedules and sensors would do: their next tick, evaluated now, on the instance that has the runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path

from dagster import (
    AutomationConditionSensorDefinition,
    DagsterInstance,
    RepositoryDefinition,
    RunRequest,
    ScheduleDefinition,
    SensorDefinition,
    build_schedule_context,
    build_sensor_context,
)

from dagway._dagster.ticks import ticks
from dagway.project.model import Project, slash
from dagway.prototype.prove import conditions
from dagway.prototype.prove.causes import cause
from dagway.prototype.prove.model import ScheduleEvidence, SensorEvidence, TickEvidence
from dagway.prototype.prove.numbers import counted
from dagway.prototype.prove.updates import copy_of


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
    moments = list(islice(ticks(crons, timezone, now), 2))
    seen, error = _evaluated(schedule, moments, repository, instance)
    return ScheduleEvidence(
        name=schedule.name,
        cron=", ".join(crons),
        timezone=timezone,
        next_tick=moments[0].isoformat() if moments else None,
        targets=tuple(targets),
        seconds=sum(seconds.get(key, 0.0) for key in targets),
        ticks=seen,
        error=error,
    )


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
        with copy_of(Path(instance.root_directory)) as copied:
            return conditions.evaluate(sensor, targets, conditions.definitions_of(repository), copied, now)
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
