from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch

from dagway.project.model import Asset, Key, Position, slash
from dagway.rules.loaded import LoadedProject, LoadedWorkspace
from dagway.rules.model import Problem
from dagway.rules.nearest import Nearest
from dagway.rules.rule import rule


@rule("dep-undefined", severity="error", kind="L")
def check(workspace: LoadedWorkspace, *, external: tuple[str, ...] = ()) -> Iterable[Problem]:
    """An asset depends on a key that nothing defines.

    What
        A dependency whose key no asset defines, neither here nor in another code location. `external` lists keys that really
        come from elsewhere, also as patterns such as `salesforce/*`; better, add an `AssetSpec` of each to `Definitions`. What an
        integration names by itself is left alone, and a dbt source has a rule of its own.

    Why
        Dagster makes an empty external asset of the key without a word. Nothing ever updates it, so conditions never fire, and
        runs do not wait for the asset that was meant. Where the dependency is a parameter, nothing loads.

    Broken
        # file: definitions.py
        import dagster as dg


        @dg.asset(key=["raw", "orders"])
        def raw_orders() -> None: ...


        @dg.asset(deps=[["raw", "order"]])
        def daily_revenue() -> None: ...


        defs = dg.Definitions(assets=[raw_orders, daily_revenue])

    Right
        # file: definitions.py
        import dagster as dg


        @dg.asset(key=["raw", "orders"])
        def raw_orders() -> None: ...


        @dg.asset(deps=[["raw", "orders"], ["crm", "customers"]])
        def daily_revenue() -> None: ...


        defs = dg.Definitions(assets=[raw_orders, dg.AssetSpec(["crm", "customers"]), daily_revenue])

    Source
        The dependency check of the asset key design: "Verify that every upstream key exists".
    """
    for loaded in workspace.locations:
        yield from _of_location(loaded, external)
    for failure in workspace.failures:
        if match := _PARAMETER.search(failure.cause):
            message = f"an asset takes {_slashed(match[1])} as a parameter, which nothing defines"
            near = _slashed(match[2]) if match[2] else None
            yield Problem(failure.line, 1, message, _remedy(near), path=failure.path or ".")


#: Dagster's own words where the dependency is a parameter: then it does not load. 1.12 names the asset that takes it too.
_PARAMETER = re.compile(
    r"""Input asset ["']\[(.+?)\]["'].*? is not produced by any(?:.*\n\s*\[(.+?)\])?""", re.DOTALL
)


def _slashed(listed: str) -> str:
    return "/".join(re.findall(r'"(.+?)"', listed))


def _of_location(loaded: LoadedProject, external: tuple[str, ...]) -> Iterator[Problem]:
    near = Nearest(asset.key for asset in loaded.defined)
    sources = {source.key for source in loaded.project.dbt_sources}
    told: set[tuple[Position | None, Key]] = set()
    for asset, key in _undefined(loaded):
        if key in sources or any(fnmatch(slash(key), pattern) for pattern in external):
            continue
        # The outputs of one function share its dependencies: one finding is enough.
        if asset.position is not None and (asset.position, key) in told:
            continue
        told.add((asset.position, key))
        message, meant = f"depends on {slash(key)}, which nothing defines", near.to(key)
        yield loaded.problem_of(asset, message, _remedy(slash(meant) if meant else None))


def _undefined(loaded: LoadedProject) -> Iterator[tuple[Asset, Key]]:
    stubs = {asset.key for asset in loaded.project.assets if asset.stub}
    unknown = {key for key in stubs if not loaded.may_be_elsewhere(key)}
    for asset in loaded.defined:
        if asset.integration in {None, "dagster_dbt"}:
            yield from ((asset, key) for key in asset.deps if key in unknown)


def _remedy(near: str | None) -> str:
    declare = "add it to `Definitions(assets=…)` as a `dg.AssetSpec`, if it comes from elsewhere"
    return f"Did you mean {near}? Else {declare}" if near else f"Define it, or {declare}"
