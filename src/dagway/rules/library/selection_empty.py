from __future__ import annotations

from collections.abc import Iterable

from dagway.rules.loaded import LoadedProject
from dagway.rules.model import Problem
from dagway.rules.rule import rule


@rule("selection-empty", severity="error", kind="L")
def check(loaded: LoadedProject) -> Iterable[Problem]:
    """A selection matches no asset.

    What
        The selection of a job, schedule or sensor that matches neither an asset nor a check.

    Why
        Dagster loads it without a word: the job runs nothing and succeeds, the schedule ticks for nothing. A tag or group was
        renamed, or the text does not mean what it seems to.

    Broken
        # file: definitions.py
        import dagster as dg


        @dg.asset(tags={"schedule": "daily"})
        def orders() -> None: ...


        daily = dg.define_asset_job("daily", selection="tag:schedule=dayly")
        defs = dg.Definitions(assets=[orders], jobs=[daily])

    Right
        # file: definitions.py
        import dagster as dg


        @dg.asset(tags={"schedule": "daily"})
        def orders() -> None: ...


        daily = dg.define_asset_job("daily", selection="tag:schedule=daily")
        defs = dg.Definitions(assets=[orders], jobs=[daily])

    Source
        The pattern for schedules by selection: "`tag:schedule=daily` selects all assets with this tag".
    """
    project = loaded.project
    for item in (*project.jobs, *project.schedules, *project.sensors):
        if item.empty:
            yield loaded.problem_named(
                item,
                "selects no asset",
                "Correct its selection, or give the assets the tag, group or owner that it names",
            )
