from __future__ import annotations

from collections.abc import Iterable

from dagway.rules.loaded import LoadedProject
from dagway.rules.model import Problem
from dagway.rules.rule import rule


@rule("asset-owner-missing", severity="warning", kind="L")
def check(loaded: LoadedProject) -> Iterable[Problem]:
    """An asset has no owner.

    What
        An asset that Dagster materializes names no owner: an e-mail address or `team:name`.

    Why
        When it fails or holds wrong numbers, nobody knows whom to ask, and no alert can be sent by owner.

    Broken
        # file: definitions.py
        import dagster as dg


        @dg.asset
        def orders() -> None: ...


        defs = dg.Definitions(assets=[orders])

    Right
        # file: definitions.py
        import dagster as dg


        @dg.asset(owners=["team:data-engineering"])
        def orders() -> None: ...


        defs = dg.Definitions(assets=[orders])

    Source
        "Metadata Rich: Add owners, tags, groups, kinds to assets".
    """
    for asset in loaded.materializable:
        if not asset.owners:
            yield loaded.problem_of(
                asset,
                "has no owner",
                'Name who answers for it: owners=["team:…"] or an e-mail address',
            )
