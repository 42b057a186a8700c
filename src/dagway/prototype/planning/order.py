"""Assets in the order in which they can be built."""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from dagway.prototype.model import AssetKey, PlannedAsset, slash
from dagway.prototype.planning.scope import Scope


def in_order(scope: Scope, assets: Sequence[PlannedAsset]) -> tuple[PlannedAsset, ...]:
    """Upstream before downstream. A cycle is a mistake, and nothing is returned."""
    by_key = {asset.key: asset for asset in assets}
    try:
        keys = tuple(TopologicalSorter({asset.key: asset.deps for asset in assets}).static_order())
    except CycleError as error:
        cycle = [slash(key) for key in reversed(error.args[1])]
        scope.mistake(
            ("assets", cycle[0]),
            f"`{cycle[0]}` depends on itself: {' → '.join(cycle)}",
            "take one of them out of the circle",
        )
        return ()
    ordered = tuple(by_key[key] for key in keys if key in by_key)
    _refuse_waiting_for_itself(scope, ordered)
    return ordered


def _refuse_waiting_for_itself(scope: Scope, ordered: Sequence[PlannedAsset]) -> None:
    """A blocking check holds up all that depends on its asset: it cannot wait for one of those."""
    for asset in ordered:
        for number, check in enumerate(asset.checks):
            if check.kind != "relationship" or not check.blocking:
                continue
            to = tuple(str(check.value["to"]).split("/"))
            if to in _downstream(asset, ordered):
                scope.mistake(
                    (*_place(asset), "checks", number),
                    f"this check blocks `{slash(to)}`, and needs its rows",
                    "leave `blocking` out, or name a table that does not depend on this one",
                )


def _downstream(start: PlannedAsset, ordered: Sequence[PlannedAsset]) -> set[AssetKey]:
    found = {start.key}
    for asset in ordered:
        if not found.isdisjoint(asset.deps):
            found.add(asset.key)
    return found - {start.key}


def _place(asset: PlannedAsset) -> tuple[str, ...]:
    """Where the blueprint writes the asset."""
    if asset.role == "source":
        return ("sources", asset.key[0], "tables", asset.key[-1])
    return ("assets", slash(asset.key))
