"""Assets in the order in which they can be built."""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from dagway.prototype.model import PlannedAsset, slash
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
    return tuple(by_key[key] for key in keys if key in by_key)
