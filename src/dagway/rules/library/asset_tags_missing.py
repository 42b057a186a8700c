from __future__ import annotations

from collections.abc import Iterable

from dagway.rules.loaded import LoadedProject
from dagway.rules.model import Problem
from dagway.rules.rule import rule


@rule("asset-tags-missing", severity="note", kind="L")
def check(loaded: LoadedProject) -> Iterable[Problem]:
    """An asset has no tag.

    What
        An asset that Dagster materializes has no tag of its own; those that Dagster sets do not count.

    Why
        Tags such as domain and priority cut across groups: schedules, alerts and people select by them.

    Broken
        # file: definitions.py
        import dagster as dg


        @dg.asset
        def orders() -> None: ...


        defs = dg.Definitions(assets=[orders])

    Right
        # file: definitions.py
        import dagster as dg


        @dg.asset(tags={"domain": "sales", "priority": "high"})
        def orders() -> None: ...


        defs = dg.Definitions(assets=[orders])

    Source
        "Use `@dg.asset` decorator with metadata (group_name, owners, tags, kinds)".
    """
    for asset in loaded.materializable:
        if not asset.tags:
            yield loaded.problem_of(
                asset,
                "has no tag of its own",
                'Tag it with what it is selected by, such as tags={"domain": "sales"}',
            )
