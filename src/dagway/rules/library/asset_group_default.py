from __future__ import annotations

from collections.abc import Iterable

from dagway.rules.loaded import LoadedProject
from dagway.rules.model import Problem
from dagway.rules.rule import rule


@rule("asset-group-default", severity="warning", kind="L")
def check(loaded: LoadedProject) -> Iterable[Problem]:
    """An asset is in no group.

    What
        An asset that Dagster materializes was given no group, so that Dagster put it into the group `default`.

    Why
        Groups are the parts of the graph that people look at, and what schedules and jobs select. What is in no group is
        found by those who know its name.

    Broken
        # file: definitions.py
        import dagster as dg


        @dg.asset
        def orders() -> None: ...


        defs = dg.Definitions(assets=[orders])

    Right
        # file: definitions.py
        import dagster as dg


        @dg.asset(group_name="sales")
        def orders() -> None: ...


        defs = dg.Definitions(assets=[orders])

    Source
        "Consistent metadata: Same group, owners, tags across related assets".
    """
    for asset in loaded.materializable:
        if asset.group == "default":
            yield loaded.problem_of(
                asset,
                "is in the group default",
                'Put it into a group of its own subject, such as group_name="sales"',
            )
