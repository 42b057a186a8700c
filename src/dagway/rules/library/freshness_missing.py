from __future__ import annotations

from collections.abc import Iterable

from dagway.rules.loaded import LoadedProject
from dagway.rules.model import Problem
from dagway.rules.rule import rule


@rule("freshness-missing", severity="note", kind="L")
def check(loaded: LoadedProject) -> Iterable[Problem]:
    """An asset that is automated has no freshness policy.

    What
        An asset that a schedule or a condition materializes, without a freshness policy and without a check of its
        freshness.

    Why
        When the automation stops, nothing fails: the data just grows old, and nobody is told.

    Broken
        # file: definitions.py
        import dagster as dg


        @dg.asset(automation_condition=dg.AutomationCondition.on_cron("@daily"))
        def orders() -> None: ...


        defs = dg.Definitions(assets=[orders])

    Right
        # file: definitions.py
        from datetime import timedelta

        import dagster as dg


        @dg.asset(
            automation_condition=dg.AutomationCondition.on_cron("@daily"),
            freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=36)),
        )
        def orders() -> None: ...


        defs = dg.Definitions(assets=[orders])

    Source
        The patterns of an open platform: a global freshness policy with a window of 36 hours.
    """
    scheduled = {key for schedule in loaded.project.schedules for key in schedule.targets}
    for asset in loaded.materializable:
        if asset.freshness or not (asset.automation or asset.key in scheduled):
            continue
        if not any("fresh" in item.name for item in asset.checks):
            yield loaded.problem_of(
                asset,
                "is automated and has no freshness policy",
                "Say how old it may be: freshness_policy=FreshnessPolicy.time_window(fail_window=…)",
            )
