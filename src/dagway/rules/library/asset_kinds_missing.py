from __future__ import annotations

from collections.abc import Iterable

from dagway.rules.loaded import LoadedProject
from dagway.rules.model import Problem
from dagway.rules.rule import rule


@rule("asset-kinds-missing", severity="warning", kind="L")
def check(loaded: LoadedProject) -> Iterable[Problem]:
    """An asset has no kinds.

    What
        An asset that Dagster materializes has no `kinds`, and no older form of them either: that is for
        `asset-kind-legacy`.

    Why
        Kinds say what an asset is made with and where it lives. Without them nobody can filter by `kind:snowflake`, and
        all assets look alike in the graph.

    Broken
        # file: definitions.py
        import dagster as dg


        @dg.asset
        def orders() -> None: ...


        defs = dg.Definitions(assets=[orders])

    Right
        # file: definitions.py
        import dagster as dg


        @dg.asset(kinds={"python", "snowflake"})
        def orders() -> None: ...


        defs = dg.Definitions(assets=[orders])

    Source
        "Always include `kinds`: Helps with filtering and organization in Dagster UI".
    """
    for asset in loaded.materializable:
        if not asset.kinds and not asset.has_legacy_kind:
            yield loaded.problem_of(
                asset,
                "has no kinds",
                'Say what it is made with, such as kinds={"python", "snowflake"}',
            )
