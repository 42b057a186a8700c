from __future__ import annotations

from collections.abc import Iterable

from dagway.project.model import Asset, slash
from dagway.rules.loaded import LoadedProject
from dagway.rules.model import Problem
from dagway.rules.rule import rule


@rule("key-segment-case", severity="warning", kind="L")
def check(loaded: LoadedProject) -> Iterable[Problem]:
    """Two keys differ in case or hyphens only.

    What
        Two assets whose keys are the same but for upper and lower case, or `-` against `_`.

    Why
        Most warehouses fold both into one table, so that each overwrites the other; and who writes the key from memory
        gets the wrong one.

    Broken
        # file: definitions.py
        import dagster as dg


        @dg.asset(key=["sales", "Orders"])
        def loaded() -> None: ...


        @dg.asset(key=["sales", "orders"])
        def cleaned() -> None: ...


        defs = dg.Definitions(assets=[loaded, cleaned])

    Right
        # file: definitions.py
        import dagster as dg


        @dg.asset(key=["sales", "raw_orders"])
        def loaded() -> None: ...


        @dg.asset(key=["sales", "orders"])
        def cleaned() -> None: ...


        defs = dg.Definitions(assets=[loaded, cleaned])

    Source
        "No duplicate asset keys with different structures".
    """
    first: dict[str, Asset] = {}
    for asset in loaded.defined:
        known = first.setdefault(slash(asset.key).lower().replace("-", "_"), asset)
        if known is not asset:
            yield loaded.problem_of(
                asset,
                f"differs from {slash(known.key)} in case or hyphens only",
                "Give one of them another name, or make one asset of them",
            )
