"""Which assets demo mode has no rows of: those that stand on a source without demo files. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dagway.blueprint.load import LoadedBlueprint
from dagway.blueprint.model import ENV_CALL, Blueprint, Source
from dagway.prototype.model import AssetKey, Plan, PlannedAsset, PlannedCheck

_FILES = "dagway.components.Files"


def without_demo(loaded: LoadedBlueprint, plan: Plan) -> Mapping[AssetKey, str]:
    """Each of these assets, and why; the same tests pass whatever the real system holds."""
    blueprint = loaded.environments.get("demo", loaded.blueprint)
    found = dict(_sources(blueprint, plan))
    while more := {
        asset.key: found[lacking]
        for asset in plan.assets
        if asset.key not in found
        and (lacking := next((key for key in _read(loaded, plan, asset) if key in found), None))
    }:
        found |= more
    return found


def _sources(blueprint: Blueprint, plan: Plan) -> Iterator[tuple[AssetKey, str]]:
    for asset in plan.assets:
        source = blueprint.sources.get(asset.key[0]) if asset.role == "source" else None
        if source and not source.demo and not _lies_here(source, asset):
            yield asset.key, f"the source {asset.key[0]} has no demo files"


def _lies_here(source: Source, asset: PlannedAsset) -> bool:
    """Whether the real files are read in demo mode too: they lie on this machine."""
    if asset.component != _FILES:
        return False
    for address in (source.path, source.table(asset.key[1]).path):
        call = ENV_CALL.fullmatch((address or "").strip())
        written = (call[2] or "") if call else address
        if (call and not written) or "://" in (written or ""):
            return False
    return True


def _read(loaded: LoadedBlueprint, plan: Plan, asset: PlannedAsset) -> Iterator[AssetKey]:
    """What an asset and its checks read."""
    yield from asset.deps
    for check in asset.checks:
        yield from _read_by_check(loaded, plan, check)


def _read_by_check(loaded: LoadedBlueprint, plan: Plan, check: PlannedCheck) -> Iterator[AssetKey]:
    if check.kind == "relationship":
        yield tuple(str(check.value["to"]).split("/"))
    elif check.kind == "sql":
        text = loaded.files.get(str(check.value), str(check.value))
        yield from (asset.key for asset in plan.assets if asset.table and asset.table in text)
