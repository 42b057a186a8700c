from __future__ import annotations

from collections.abc import Iterable

from dagway.rules.loaded import LoadedProject
from dagway.rules.model import Problem
from dagway.rules.rule import rule


@rule("key-too-deep", severity="warning", kind="L")
def check(loaded: LoadedProject, *, segments: int = 3) -> Iterable[Problem]:
    """An asset key has many segments.

    What
        A key of more than `segments` segments.

    Why
        Whoever depends on it has to spell it all. dbt sources have two levels, reverse ETL tools name one: deeper keys
        need a mapping for each asset.

    Broken
        # file: definitions.py
        import dagster as dg


        @dg.asset(key=["fivetran", "raw", "production", "customers"])
        def customers() -> None: ...


        defs = dg.Definitions(assets=[customers])

    Right
        # file: definitions.py
        import dagster as dg


        @dg.asset(key=["fivetran_raw", "customers"])
        def customers() -> None: ...


        defs = dg.Definitions(assets=[customers])

    Source
        "Too deeply nested: hard for downstream to reference, requires complex mapping".
    """
    for asset in loaded.defined:
        if len(asset.key) > segments:
            yield loaded.problem_of(
                asset,
                f"has a key of {len(asset.key)} segments",
                f"Write it in {_NUMBERS.get(segments, segments)} or fewer: what it belongs to, and what it is",
            )


_NUMBERS = {1: "one", 2: "two", 3: "three", 4: "four"}
