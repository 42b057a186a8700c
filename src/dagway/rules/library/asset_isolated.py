from __future__ import annotations

from collections.abc import Iterable

from dagway.rules.automation import reached_keys
from dagway.rules.loaded import LoadedWorkspace
from dagway.rules.model import Problem
from dagway.rules.rule import rule


@rule("asset-isolated", severity="note", kind="L")
def check(workspace: LoadedWorkspace) -> Iterable[Problem]:
    """An asset stands alone.

    What
        An asset that depends on nothing, that nothing depends on, and that no schedule, sensor or condition materializes. All
        code locations count.

    Why
        It is left over, or its dependencies are not declared.

    Broken
        # file: definitions.py
        import dagster as dg


        @dg.asset
        def forgotten() -> None: ...


        defs = dg.Definitions(assets=[forgotten])

    Right
        # file: definitions.py
        import dagster as dg


        @dg.asset
        def raw_orders() -> None: ...


        @dg.asset(deps=[raw_orders])
        def daily_revenue() -> None: ...


        defs = dg.Definitions(assets=[raw_orders, daily_revenue])

    Source
        The validation checklist: "Asset dependencies are correct", "No orphaned assets".
    """
    if workspace.failures:
        return
    named = {
        key for location in workspace.locations for asset in location.project.assets for key in asset.deps
    }
    for location in workspace.locations:
        reached = reached_keys(location.project)
        for asset in location.materializable:
            if not asset.deps and asset.key not in named and asset.key not in reached:
                yield location.problem_of(
                    asset,
                    "depends on nothing, nothing depends on it, and nothing materializes it",
                    "Declare its dependencies, add a schedule or a condition, or delete it",
                )
