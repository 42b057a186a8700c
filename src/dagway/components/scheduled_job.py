"""A job that runs at fixed times."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import dagster as dg

from dagway.components.attributes import Block, Demonstrable
from dagway.components.jobs import asset_job, partition_keys, selected
from dagway.components.resolving import plain, text
from dagway.errors import DagwayError


@dataclass(kw_only=True)
class ScheduledJob(Demonstrable, Block, dg.Resolvable):
    """A job of selected assets, and the schedule that runs it; of partitioned assets, the latest complete part."""

    job_name: Annotated[str, text("The job's name.")]
    cron_schedule: Annotated[str, text("A cron expression of five fields.")]
    asset_selection: Annotated[str, text("Which assets run, in Dagster's grammar or its shorthand.")]
    name: Annotated[str | None, text("The schedule's name; `<job_name>_schedule` if left out.")] = None
    timezone: Annotated[str, text("The cron expression's time zone.")] = "UTC"
    description: Annotated[str | None, text("What the runs are for.")] = None
    running: Annotated[
        bool, plain("Whether the schedule runs once the project is deployed; in demo mode it does not.", bool)
    ] = True
    tags: Annotated[Mapping[str, str], plain("Tags of the runs.", dict[str, str])] = field(
        default_factory=dict[str, str]
    )

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        job = asset_job(self.job_name, self.asset_selection, self.description, self.tags)
        return dg.Definitions(jobs=[job], schedules=[self._schedule()])

    def _has_unpartitioned(self, repository: Any) -> bool:
        definitions = repository.assets_defs_by_key
        chosen: Any = selected(self.asset_selection, self.job_name)
        return any(
            definitions[key].partitions_def is None for key in chosen.resolve(list(definitions.values()))
        )

    def _schedule(self) -> dg.ScheduleDefinition:
        name, running = self.job_name, self.running and not self.in_demo

        def due(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
            job, at = context.repository_def.get_job(name), context.scheduled_execution_time
            keys = partition_keys(job, at, lambda: context.instance)
            if keys is None:
                yield dg.RunRequest()
            elif not keys:
                yield dg.SkipReason("No partition is complete yet.")
            # A time partition runs once, however often the schedule ticks; named ones, and assets without
            # partitions beside it, run at each tick.
            timed = isinstance(job.partitions_def, dg.TimeWindowPartitionsDefinition)
            once = timed and not self._has_unpartitioned(context.repository_def)
            for key in keys or ():
                yield dg.RunRequest(run_key=key if once else f"{at.isoformat()} {key}", partition_key=key)

        try:
            return dg.ScheduleDefinition(
                name=self.name or f"{name}_schedule",
                cron_schedule=self.cron_schedule,
                job_name=name,
                execution_fn=due,
                execution_timezone=self.timezone,
                description=self.description,
                default_status=dg.DefaultScheduleStatus.RUNNING
                if running
                else dg.DefaultScheduleStatus.STOPPED,
            )
        except dg.DagsterError as error:
            raise DagwayError(f"{name}: {error}", "Correct the cron expression or the time zone.") from error
