from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatch

from dagway.rules.loaded import LoadedProject
from dagway.rules.model import Problem
from dagway.rules.rule import rule


@rule("check-missing", severity="note", kind="L")
def check(loaded: LoadedProject, *, groups: tuple[str, ...] = ()) -> Iterable[Problem]:
    """An asset has no check.

    What
        An asset without any asset check. `groups` names the groups whose assets need one, also as patterns; without it all
        do.

    Why
        Wrong data is noticed by whoever uses it, not by the run that made it.

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
        def orders() -> None: ...


        @dg.asset_check(asset=orders)
        def not_empty() -> dg.AssetCheckResult:
            return dg.AssetCheckResult(passed=True)


        defs = dg.Definitions(assets=[orders], asset_checks=[not_empty])

    Source
        The prototype's step "Test": asset checks for what must hold.
    """
    for asset in loaded.materializable:
        if not asset.checks and (not groups or any(fnmatch(asset.group, pattern) for pattern in groups)):
            yield loaded.problem_of(
                asset, "has no check", "Add an `@asset_check` for what must hold of its data"
            )
