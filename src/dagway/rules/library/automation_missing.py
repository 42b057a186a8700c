from __future__ import annotations

from collections.abc import Iterable

from dagway.rules.automation import reached_keys
from dagway.rules.loaded import LoadedProject
from dagway.rules.model import Problem
from dagway.rules.rule import rule


@rule("automation-missing", severity="note", kind="L")
def check(loaded: LoadedProject) -> Iterable[Problem]:
    """Nothing ever materializes an asset.

    What
        An asset that no schedule, no sensor and no condition reaches. One that is stopped by default counts: somebody may
        start it.

    Why
        It is as old as its last run by hand.

    Broken
        # file: definitions.py
        import dagster as dg


        @dg.asset
        def orders() -> None: ...


        defs = dg.Definitions(assets=[orders])

    Right
        # file: definitions.py
        import dagster as dg


        @dg.asset(automation_condition=dg.AutomationCondition.on_cron("@daily"))
        def orders() -> None: ...


        defs = dg.Definitions(assets=[orders])

    Source
        The prototype's step "Automate": conditions, schedules or sensors for each asset.
    """
    reached = reached_keys(loaded.project)
    for asset in loaded.materializable:
        if asset.key not in reached:
            yield loaded.problem_of(
                asset,
                "is reached by no schedule, sensor or condition",
                "Give it an automation condition, or select it in a schedule",
            )
