"""Jobs, schedules and sensors of a repository as values. Selections are resolved once each."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from dagway._dagster.automation import (
    is_asset_job,
    schedule_function,
    sensor_function,
    starts_unpartitioned_runs,
)
from dagway._dagster.creation import Creations
from dagway._dagster.description import partitions_label
from dagway._dagster.repository import resolved_keys
from dagway.project.model import Job, Key, Schedule, Sensor, slash
from dagway.project.place import position_of

_RESERVED = "__"
_EVALUATING = ("AUTO_MATERIALIZE", "AUTOMATION")


def sorted_keys(keys: Iterable[dg.AssetKey]) -> tuple[Key, ...]:
    return tuple(sorted(tuple(key.path) for key in keys))


class Automation:
    """What starts runs in one repository."""

    def __init__(self, repository: dg.RepositoryDefinition, root: Path, creations: Creations) -> None:
        self._repository = repository
        self._root = root
        self._creations = creations
        self._definitions = {job.name: job for job in repository.get_all_jobs()}
        self._jobs = {name: self._job(job) for name, job in self._definitions.items()}

    def jobs(self) -> Iterator[Job]:
        """Without those that Dagster makes itself, by name."""
        return (job for name, job in sorted(self._jobs.items()) if not name.startswith(_RESERVED))

    def schedules(self) -> Iterator[Schedule]:
        return (self._schedule(schedule) for schedule in self._repository.schedule_defs)

    def sensors(self) -> Iterator[Sensor]:
        return (self._sensor(sensor) for sensor in self._repository.sensor_defs)

    def _job(self, job: dg.JobDefinition) -> Job:
        assets = sorted_keys(job.asset_layer.executable_asset_keys)
        return Job(
            name=job.name,
            assets=assets,
            description=job.description,
            empty=not assets and is_asset_job(job) and not job.asset_layer.asset_graph.asset_check_keys,
            conditioned=getattr(job, "automation_condition", None) is not None,
            position=position_of(job.metadata, None, self._root, self._creations.of("job", job.name)),
        )

    def _schedule(self, schedule: dg.ScheduleDefinition) -> Schedule:
        cron, job = schedule.cron_schedule, self._jobs.get(schedule.job_name)
        definition = self._definitions.get(schedule.job_name)
        partitions = definition.partitions_def if definition else None
        return Schedule(
            name=schedule.name,
            cron=cron if isinstance(cron, str) else ", ".join(cron),
            timezone=schedule.execution_timezone or "UTC",
            job=schedule.job_name,
            targets=job.assets if job else (),
            status=schedule.default_status.value,
            has_timezone=bool(schedule.execution_timezone),
            empty=bool(job and job.empty and job.name.startswith(_RESERVED)),
            unpartitioned=starts_unpartitioned_runs(schedule),
            job_partitions=partitions_label(partitions) if partitions else None,
            requires=tuple(sorted(schedule.required_resource_keys)),
            position=position_of(
                schedule.metadata,
                schedule_function(schedule),
                self._root,
                self._creations.of("schedule", schedule.name),
            ),
        )

    def _sensor(self, sensor: dg.SensorDefinition) -> Sensor:
        selection = sensor.asset_selection
        selected = resolved_keys(selection, self._repository) if selection is not None else None
        names = tuple(target.job_name for target in sensor.targets)
        jobs = (self._jobs[name].assets for name in names if name in self._jobs)
        reached = selected if selected is not None else {key for keys in jobs for key in keys}
        return Sensor(
            name=sensor.name,
            # Dagster still calls the type of such a sensor AUTO_MATERIALIZE where it evaluates the conditions itself.
            kind="AUTOMATION"
            if isinstance(sensor, dg.AutomationConditionSensorDefinition)
            else sensor.sensor_type.value,
            targets=names if selected is None else tuple(sorted(slash(key) for key in selected)),
            minimum_interval=sensor.minimum_interval_seconds,
            status=sensor.default_status.value,
            assets=tuple(sorted(reached)),
            empty=selected is not None and not selected and not self._selects_checks(selection),
            evaluates=sensor.sensor_type.value in _EVALUATING,
            requires=tuple(sorted(sensor.required_resource_keys)),
            position=position_of(
                sensor.metadata,
                sensor_function(sensor),
                self._root,
                self._creations.of("sensor", sensor.name),
            ),
        )

    def _selects_checks(self, selection: Any) -> bool:
        return bool(selection.resolve_checks(self._repository.asset_graph))
