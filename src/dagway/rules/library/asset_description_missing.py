from __future__ import annotations

from collections.abc import Iterable

from dagway.rules.loaded import LoadedProject
from dagway.rules.model import Problem
from dagway.rules.rule import rule


@rule("asset-description-missing", severity="warning", kind="L")
def check(loaded: LoadedProject) -> Iterable[Problem]:
    """An asset has no description.

    What
        An asset that Dagster materializes has neither a description nor a docstring.

    Why
        The description is what a reader of the catalogue sees first: what a row is, where it comes from, what is left
        out. Without it each of them reads the code, or guesses.

    Broken
        # file: definitions.py
        import dagster as dg


        @dg.asset
        def orders() -> None: ...


        defs = dg.Definitions(assets=[orders])

    Right
        # file: definitions.py
        import dagster as dg


        @dg.asset
        def orders() -> None:
            \"\"\"Orders that were paid, one row each; cancelled ones are left out.\"\"\"


        defs = dg.Definitions(assets=[orders])

    Source
        "Document the implementation: Add clear docstrings to all assets".
    """
    for asset in loaded.materializable:
        if not (asset.description or "").strip():
            yield loaded.problem_of(
                asset,
                "has no description",
                "Say in its docstring, or in description=, what it holds",
            )
