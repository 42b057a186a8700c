"""Which assets demo mode has no rows of: those that stand on a source without demo files. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dagway.blueprint.load import LoadedBlueprint
from dagway.blueprint.model import ENV_CALL, Blueprint, Source
from dagway.prototype.model import AssetKey, Plan, PlannedAsset, PlannedCheck
from dagway.sql import table_name, tables

_FILES = "dagway.components.Files"


def without_demo(loaded: LoadedBlueprint, plan: Plan) -> Mapping[AssetKey, str]:
    """Each of these assets, and why; the same tests pass whatever the real system holds."""
    blueprint = loaded.environments.get("demo", loaded.blueprint)
    found = dict(_sources(blueprint, plan))
    read = _read(loaded, plan) if found else {}
    while more := {
        key: found[lacking]
        for key, keys in read.items()
        if key not in found and (lacking := next((one for one in keys if one in found), None))
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


def _read(loaded: LoadedBlueprint, plan: Plan) -> dict[AssetKey, tuple[AssetKey, ...]]:
    """What each asset and its checks read."""
    by_table = {asset.table: asset.key for asset in plan.assets if asset.table}

    def by_check(check: PlannedCheck) -> Iterator[AssetKey]:
        if check.kind == "relationship":
            yield tuple(str(check.value["to"]).split("/"))
        elif check.kind == "sql":
            named = map(table_name, tables(loaded.sql_text(str(check.value)), plan.dialect))
            yield from (by_table[name] for name in named if name in by_table)

    return {
        asset.key: (*asset.deps, *(key for check in asset.checks for key in by_check(check)))
        for asset in plan.assets
    }
