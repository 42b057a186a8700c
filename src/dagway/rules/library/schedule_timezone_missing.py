from __future__ import annotations

from collections.abc import Iterable

from dagway.rules.loaded import LoadedProject
from dagway.rules.model import Problem
from dagway.rules.rule import rule


@rule("schedule-timezone-missing", severity="warning", kind="L")
def check(loaded: LoadedProject) -> Iterable[Problem]:
    """A schedule has no time zone.

    What
        A schedule without `execution_timezone`. One that `build_schedule_from_partitioned_job` makes has that of its
        partitions.

    Why
        Dagster then takes UTC: what was meant for six in the morning runs at seven or eight, and moves by an hour when the clocks
        change. Whoever reads it cannot tell which was meant; `"UTC"` says it.

    Broken
        # file: definitions.py
        import dagster as dg


        @dg.asset
        def orders() -> None: ...


        daily = dg.ScheduleDefinition(name="daily", target=[orders], cron_schedule="0 6 * * *")
        defs = dg.Definitions(assets=[orders], schedules=[daily])

    Right
        # file: definitions.py
        import dagster as dg


        @dg.asset
        def orders() -> None: ...


        daily = dg.ScheduleDefinition(
            name="daily", target=[orders], cron_schedule="0 6 * * *", execution_timezone="Europe/Berlin"
        )
        defs = dg.Definitions(assets=[orders], schedules=[daily])

    Source
        The schedules of the prototype: "0 6 * * *" with the comment "6 AM UTC daily", which the code does not say.
    """
    for schedule in loaded.project.schedules:
        if not schedule.has_timezone:
            yield loaded.problem_named(
                schedule,
                f"has no time zone: {schedule.cron} is read as UTC",
                'Say which is meant: execution_timezone="Europe/Berlin", or "UTC"',
            )
