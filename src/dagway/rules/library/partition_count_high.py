from __future__ import annotations

from collections.abc import Iterable

from dagway.rules.loaded import LoadedProject
from dagway.rules.model import Problem
from dagway.rules.rule import rule


@rule("partition-count-high", severity="warning", kind="L")
def check(loaded: LoadedProject, *, most: int = 100_000) -> Iterable[Problem]:
    """An asset has very many partitions.

    What
        More partitions than `most`, counted as of now. Dynamic partitions, which only an instance knows, are not counted.

    Why
        Every page, condition and backfill of the asset works on the set of its partitions: beyond 100,000 they become slow or time
        out.

    Broken
        # file: definitions.py
        import dagster as dg


        minutes = dg.TimeWindowPartitionsDefinition(
            cron_schedule="* * * * *", start="2020-01-01-00:00", fmt="%Y-%m-%d-%H:%M"
        )


        @dg.asset(partitions_def=minutes)
        def clicks() -> None: ...


        defs = dg.Definitions(assets=[clicks])

    Right
        # file: definitions.py
        import dagster as dg


        @dg.asset(partitions_def=dg.HourlyPartitionsDefinition("2020-01-01-00:00"))
        def clicks() -> None: ...


        defs = dg.Definitions(assets=[clicks])

    Source
        Dagster's own advice on partitions: no more than 100,000 for an asset.
    """
    for asset in loaded.defined:
        if asset.partition_count and asset.partition_count > most:
            yield loaded.problem_of(
                asset,
                f"has {asset.partition_count:,} partitions",
                f"Choose coarser ones, or fewer dimensions: at most {most:,}",
            )
