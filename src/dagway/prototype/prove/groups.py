"""Which assets run together: one run for all that have the same partitions and whose upstream ran before."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from dagster import AssetKey, PartitionsDefinition, RepositoryDefinition


@dataclass(frozen=True)
class Group:
    """Assets of one run, with the partitions that they share; None for assets without partitions."""

    keys: frozenset[AssetKey]
    partitions: PartitionsDefinition[Any] | None


def groups(repository: RepositoryDefinition) -> tuple[Group, ...]:
    """The runs that materialize everything, in an order in which each finds its upstream done.

    Assets without partitions make as few runs as can be; each change of partitions along a chain starts a new one.
    """
    graph = repository.asset_graph
    nodes = {key: graph.get(key) for key in graph.toposorted_asset_keys if graph.get(key).is_materializable}
    levels: dict[AssetKey, int] = {}
    for key, node in nodes.items():
        together = node.execution_set_asset_keys
        level = max((_level(upstream, key, nodes, levels) for upstream in node.parent_keys), default=0)
        level = max([level, *(levels[item] for item in together if item in levels)])
        levels.update(dict.fromkeys(together, level))
    found: dict[tuple[int, PartitionsDefinition[Any] | None], set[AssetKey]] = {}
    for key, node in nodes.items():
        found.setdefault((levels[key], node.partitions_def), set()).add(key)
    ordered = sorted(found.items(), key=lambda entry: entry[0][0])
    return tuple(Group(frozenset(keys), partitions) for (_, partitions), keys in ordered)


def _level(
    upstream: AssetKey, key: AssetKey, nodes: Mapping[AssetKey, Any], levels: Mapping[AssetKey, int]
) -> int:
    if upstream not in levels or upstream == key:
        return 0
    same = nodes[upstream].partitions_def == nodes[key].partitions_def
    return levels[upstream] + (0 if same else 1)


def blocked(
    group: Group, repository: RepositoryDefinition, failed: AbstractSet[AssetKey]
) -> dict[AssetKey, str]:
    """The assets of the group that must not run, each with the upstream that failed before."""
    graph = repository.asset_graph
    lost_keys: dict[AssetKey, str] = {}
    for key in graph.toposorted_asset_keys:
        if key not in group.keys:
            continue
        lost = [item for item in graph.get(key).parent_keys if item in failed or item in lost_keys]
        if lost:
            names = ", ".join(sorted(item.to_user_string() for item in lost))
            lost_keys[key] = f"its upstream failed: {names}"
    return lost_keys
