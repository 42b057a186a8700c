from __future__ import annotations

from collections.abc import Iterable

from dagway.project.model import slash
from dagway.rules.loaded import LoadedProject
from dagway.rules.model import Problem
from dagway.rules.rule import rule


@rule("key-segment-empty", severity="error", kind="L")
def check(loaded: LoadedProject) -> Iterable[Problem]:
    """A segment of an asset key is empty.

    What
        A key with a segment that is empty or blank, for example from an environment variable that is not set.

    Why
        Its table has no name, or no schema; nothing can depend on it by a name, and it becomes another asset as soon as
        the variable is set.

    Broken
        # file: definitions.py
        import os

        import dagster as dg


        @dg.asset(key=[os.getenv("SCHEMA_OF_ORDERS", ""), "orders"])
        def orders() -> None: ...


        defs = dg.Definitions(assets=[orders])

    Right
        # file: definitions.py
        import dagster as dg


        @dg.asset(key=["sales", "orders"])
        def orders() -> None: ...


        defs = dg.Definitions(assets=[orders])

    Source
        "Keys are simple and descriptive (typically 2 levels)".
    """
    for asset in loaded.defined:
        empty = [number for number, segment in enumerate(asset.key, 1) if not segment.strip()]
        if empty:
            yield loaded.problem(
                asset.position,
                f"segment {empty[0]} of the key {[*asset.key]} is empty",
                "Write the segment as text, and let no variable decide it",
                about=slash(asset.key),
            )
