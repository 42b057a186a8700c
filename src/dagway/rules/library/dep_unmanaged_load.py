from __future__ import annotations

from collections.abc import Iterable

from dagway.project.model import slash
from dagway.rules.loaded import LoadedProject
from dagway.rules.model import Problem
from dagway.rules.rule import rule


@rule("dep-unmanaged-load", severity="warning", kind="L")
def check(loaded: LoadedProject) -> Iterable[Problem]:
    """An asset takes the value of an asset that returns none.

    What
        A parameter that Dagster fills through the I/O manager, from an asset declared as `-> None`, or as
        `-> MaterializeResult` that never gets a value. I/O managers that read tables are left alone: they may find what the
        other asset wrote by itself.

    Why
        The run fails when the I/O manager looks for a value that nobody handed to it.

    Broken
        # file: definitions.py
        import dagster as dg


        @dg.asset
        def raw_orders() -> None: ...


        @dg.asset
        def daily_revenue(raw_orders) -> None: ...


        defs = dg.Definitions(assets=[raw_orders, daily_revenue])

    Right
        # file: definitions.py
        import dagster as dg


        @dg.asset
        def raw_orders() -> None: ...


        @dg.asset(deps=[raw_orders])
        def daily_revenue() -> None: ...


        defs = dg.Definitions(assets=[raw_orders, daily_revenue])

    Source
        "Use `deps` for assets that store data themselves": the prototype's asset patterns.
    """
    project = loaded.project
    for asset in loaded.materializable:
        for key in asset.inputs:
            source = project.by_key[key]
            if source.materializable and not source.loadable:
                yield loaded.problem_of(
                    asset,
                    f"takes the value of {slash(key)}, which returns none: its I/O manager has nothing to load",
                    "Name it in `deps` and read what it wrote, or let it return its value",
                )
