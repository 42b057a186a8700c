from __future__ import annotations

from collections.abc import Iterable

from dagway.project.model import Key
from dagway.rules.loaded import LoadedProject
from dagway.rules.model import Problem
from dagway.rules.rule import rule


@rule("automation-double", severity="warning", kind="L")
def check(loaded: LoadedProject) -> Iterable[Problem]:
    """An asset has a condition, and a schedule materializes it as well.

    What
        An asset with an automation condition that is also among the assets of a scheduled job.

    Why
        It is computed twice, and downstream assets with conditions follow both times.

    Broken
        # file: definitions.py
        import dagster as dg


        @dg.asset(automation_condition=dg.AutomationCondition.eager())
        def orders() -> None: ...


        nightly = dg.ScheduleDefinition(
            name="nightly", target=[orders], cron_schedule="0 2 * * *", execution_timezone="UTC"
        )
        defs = dg.Definitions(assets=[orders], schedules=[nightly])

    Right
        # file: definitions.py
        import dagster as dg


        @dg.asset
        def raw_orders() -> None: ...


        @dg.asset(deps=[raw_orders], automation_condition=dg.AutomationCondition.eager())
        def orders() -> None: ...


        nightly = dg.ScheduleDefinition(
            name="nightly", target=[raw_orders], cron_schedule="0 2 * * *", execution_timezone="UTC"
        )
        defs = dg.Definitions(assets=[raw_orders, orders], schedules=[nightly])

    Source
        The choice of automation: "declarative conditions, or schedules by selection", one for each asset.
    """
    scheduled: dict[Key, str] = {}
    for schedule in loaded.project.schedules:
        for key in schedule.targets:
            scheduled.setdefault(key, schedule.name)
    for asset in loaded.materializable:
        if asset.automation and asset.key in scheduled:
            yield loaded.problem_of(
                asset,
                f"has the condition {asset.automation}, and the schedule {scheduled[asset.key]} materializes it too",
                "Keep one of both: leave it out of the schedule's selection, or take the condition away",
            )
