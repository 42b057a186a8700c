from __future__ import annotations

from collections.abc import Iterable

from dagway.rules.loaded import LoadedProject
from dagway.rules.model import Problem
from dagway.rules.rule import rule


@rule("schedule-unpartitioned-run", severity="warning", kind="L")
def check(loaded: LoadedProject) -> Iterable[Problem]:
    """A plain schedule starts runs of a partitioned job without a partition.

    What
        A `ScheduleDefinition` that names a job with partitions, or partitioned assets, and has no function that chooses the
        partition.

    Why
        Each tick starts a run that has no partition: it fails as soon as anything asks for the partition, and fills none where
        nothing asks.

    Broken
        # file: definitions.py
        import dagster as dg


        @dg.asset(partitions_def=dg.DailyPartitionsDefinition("2024-01-01"))
        def orders() -> None: ...


        job = dg.define_asset_job("orders_job", selection=[orders])
        nightly = dg.ScheduleDefinition(name="nightly", job=job, cron_schedule="0 2 * * *")
        defs = dg.Definitions(assets=[orders], jobs=[job], schedules=[nightly])

    Right
        # file: definitions.py
        import dagster as dg


        @dg.asset(partitions_def=dg.DailyPartitionsDefinition("2024-01-01"))
        def orders() -> None: ...


        job = dg.define_asset_job("orders_job", selection=[orders])
        nightly = dg.build_schedule_from_partitioned_job(job, hour_of_day=2)
        defs = dg.Definitions(assets=[orders], jobs=[job], schedules=[nightly])

    Source
        The patterns of an open platform: partitioned incremental loads, "one run for each partition".
    """
    for schedule in loaded.project.schedules:
        if schedule.unpartitioned and schedule.job_partitions:
            yield loaded.problem_named(
                schedule,
                f"starts runs without a partition, but its job has some: {schedule.job_partitions}",
                "Build it with `dg.build_schedule_from_partitioned_job`, or give it a function that chooses the partition",
            )
