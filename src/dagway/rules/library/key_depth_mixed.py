from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from dagway.project.model import Asset, slash
from dagway.rules.loaded import LoadedProject
from dagway.rules.model import Problem
from dagway.rules.rule import rule


@rule("key-depth-mixed", severity="note", kind="L")
def check(loaded: LoadedProject) -> Iterable[Problem]:
    """The keys of one group have different depths.

    What
        A group in which some keys have more segments than others. The finding names those that differ from most. The
        group `default` is nobody's choice and is left alone.

    Why
        Who knows one key of a group cannot write the next.

    Broken
        # file: definitions.py
        import dagster as dg


        @dg.asset(key=["raw", "customers"], group_name="sales")
        def customers() -> None: ...


        @dg.asset(key=["processed", "finance", "revenue"], group_name="sales")
        def revenue() -> None: ...


        defs = dg.Definitions(assets=[customers, revenue])

    Right
        # file: definitions.py
        import dagster as dg


        @dg.asset(key=["raw", "customers"], group_name="sales")
        def customers() -> None: ...


        @dg.asset(key=["finance", "revenue"], group_name="sales")
        def revenue() -> None: ...


        defs = dg.Definitions(assets=[customers, revenue])

    Source
        "Inconsistent structure: confusing for consumers, unpredictable references".
    """
    groups: dict[str, list[Asset]] = {}
    for asset in loaded.materializable:
        groups.setdefault(asset.group, []).append(asset)
    groups.pop("default", None)
    for group, assets in groups.items():
        depths = Counter(len(asset.key) for asset in assets)
        usual = max(depths, key=lambda depth: (depths[depth], -depth))
        model = next(asset for asset in assets if len(asset.key) == usual)
        for asset in assets:
            if len(asset.key) != usual:
                yield loaded.problem_of(
                    asset,
                    f"has a key of {_segments(len(asset.key))}, where most of the group {group} have {usual}",
                    f"Give the keys of a group one depth, such as that of {slash(model.key)}",
                )


def _segments(count: int) -> str:
    return f"{count} segment{'s' if count > 1 else ''}"
