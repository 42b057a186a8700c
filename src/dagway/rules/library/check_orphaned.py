from __future__ import annotations

from collections.abc import Iterable

from dagway.project.model import slash
from dagway.rules.loaded import LoadedProject
from dagway.rules.model import Problem
from dagway.rules.nearest import Nearest
from dagway.rules.rule import rule


@rule("check-orphaned", severity="error", kind="L")
def check(loaded: LoadedProject) -> Iterable[Problem]:
    """A check is on a key that nothing defines.

    What
        An asset check whose asset no code location defines.

    Why
        Dagster makes an empty asset of the key: the check runs by itself or never, and the asset that was meant goes
        unchecked.

    Broken
        # file: definitions.py
        import dagster as dg


        @dg.asset
        def orders() -> None: ...


        @dg.asset_check(asset="order")
        def not_empty() -> dg.AssetCheckResult:
            return dg.AssetCheckResult(passed=True)


        defs = dg.Definitions(assets=[orders], asset_checks=[not_empty])

    Right
        # file: definitions.py
        import dagster as dg


        @dg.asset
        def orders() -> None: ...


        @dg.asset_check(asset=orders)
        def not_empty() -> dg.AssetCheckResult:
            return dg.AssetCheckResult(passed=True)


        defs = dg.Definitions(assets=[orders], asset_checks=[not_empty])

    Source
        The patterns of an open platform: check specs beside the assets that they check.
    """
    near = Nearest(asset.key for asset in loaded.defined)
    sources = {source.key for source in loaded.project.dbt_sources}
    for asset in loaded.project.assets:
        if not asset.stub or asset.key in sources or loaded.may_be_elsewhere(asset.key):
            continue
        found = near.to(asset.key)
        for item in asset.checks:
            yield loaded.problem(
                item.position,
                f"the check {item.name} is on {slash(asset.key)}, which nothing defines",
                f"Name {slash(found)}, if that is meant" if found else "Name the asset that it checks",
                about=f"{slash(asset.key)}:{item.name}",
            )
