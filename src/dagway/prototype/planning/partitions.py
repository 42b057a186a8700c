"""Parts that have to fit: those of an asset and of what it reads, and those of assets that one run takes together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dagway.prototype.model import PlannedAsset, slash
from dagway.prototype.planning.scope import Location, Scope

_BY_NAME = frozenset({"static", "dynamic"})


def check_partitions(scope: Scope, assets: Sequence[PlannedAsset]) -> None:
    """Note every asset whose parts are of another kind than those of what it reads: Dagster knows no way from time to names."""
    by_key = {asset.key: asset for asset in assets}
    for asset in assets:
        upstream = [by_key[dep] for dep in asset.deps if dep in by_key]
        other = next((one for one in upstream if _strange(asset, one)), None)
        if other:
            scope.mistake(
                ("assets", slash(asset.key), "partitions"),
                f"`{slash(asset.key)}` has {_kind(asset)} partitions and reads `{slash(other.key)}`, which has"
                f" {_kind(other)} ones: no part of one belongs to a part of the other",
                "leave out the `partitions` of one of them, or write the same for both",
            )


def check_taken_together(
    scope: Scope, location: Location, selection: str, targets: Iterable[PlannedAsset]
) -> None:
    """Note a selection of assets with different partitions: a run fills one part, and Dagster refuses the job."""
    cut = [asset for asset in targets if asset.partitions]
    if any(asset.partitions != cut[0].partitions for asset in cut):
        first = {str(asset.partitions): asset for asset in reversed(cut)}
        each = ", ".join(f"{slash(asset.key)} {_said(asset)}" for asset in reversed(first.values()))
        scope.mistake(
            location,
            f"the selection `{selection}` means assets with different partitions, {each}, and a run fills one part",
            "select those of one kind, and write another line for the rest, or `automation: eager` on what follows",
        )


def _strange(asset: PlannedAsset, upstream: PlannedAsset) -> bool:
    """Whether one is cut by time and the other by names, or both by names of which some are fixed and some are not."""
    kinds = {_kind(asset), _kind(upstream)}
    return None not in kinds and len(kinds) > 1 and bool(kinds & _BY_NAME)


def _kind(asset: PlannedAsset) -> str | None:
    return next((kind for kind in asset.partitions if kind != "end"), None) if asset.partitions else None


def _said(asset: PlannedAsset) -> str:
    """`(daily: 2024-01-01)`, as a blueprint has it."""
    said = (f"{name}: {value}" for name, value in (asset.partitions or {}).items())
    return f"({', '.join(said)})"
