"""The asset graph as it is drawn: by ``svg``, ``mermaid`` and ``tree``."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from dagway.project.model import Asset, Project, slash

Status = Literal["ok", "warn", "failed"]


@dataclass(frozen=True)
class Node:
    """One box: ``lines`` are shown below the name, ``tooltip`` while the pointer rests on it."""

    key: str
    group: str = "default"
    kinds: tuple[str, ...] = ()
    checks: int = 0
    external: bool = False
    status: Status | None = None
    lines: tuple[str, ...] = ()
    tooltip: str = ""

    @property
    def badges(self) -> tuple[str, ...]:
        """The kinds, then how many checks the asset has."""
        checks = (f"{self.checks} check{'s' if self.checks > 1 else ''}",) if self.checks else ()
        return (*self.kinds, *checks)


@dataclass(frozen=True)
class Graph:
    """Nodes and edges from a dependency to what depends on it; an edge names two keys of ``nodes``."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        nodes = [
            {
                "key": node.key,
                "group": node.group,
                "kinds": list(node.kinds),
                "checks": node.checks,
                "external": node.external,
                "status": node.status,
                "lines": list(node.lines),
            }
            for node in self.nodes
        ]
        return {"nodes": nodes, "edges": [list(edge) for edge in self.edges]}


def graph_of(
    project: Project,
    status: Mapping[str, Status] | None = None,
    lines: Mapping[str, Iterable[str]] | None = None,
) -> Graph:
    """The graph of a project's assets.

    Args:
        status: the status to show, by asset key such as ``staging/orders``.
        lines: more lines to show in a node, by asset key.
    """
    status, lines = status or {}, lines or {}
    nodes = tuple(
        _node(asset, status.get(slash(asset.key)), tuple(lines.get(slash(asset.key), ())))
        for asset in project.assets
    )
    edges = tuple(
        (slash(dep), slash(asset.key))
        for asset in project.assets
        for dep in asset.deps
        # An asset that reads its own earlier partitions depends on itself: that is no edge between nodes.
        if dep != asset.key and dep in project.by_key
    )
    return Graph(nodes, edges)


def _node(asset: Asset, status: Status | None, lines: tuple[str, ...]) -> Node:
    facts = (
        slash(asset.key),
        asset.description or "",
        f"group {asset.group}",
        f"owners {', '.join(asset.owners)}" if asset.owners else "",
        f"automation {asset.automation}" if asset.automation else "",
        f"partitions {asset.partitions}" if asset.partitions else "",
        f"checks {', '.join(check.name for check in asset.checks)}" if asset.checks else "",
    )
    return Node(
        key=slash(asset.key),
        group=asset.group,
        kinds=asset.kinds,
        checks=len(asset.checks),
        external=asset.external,
        status=status,
        lines=lines,
        tooltip="\n".join(fact for fact in facts if fact),
    )


def children_of(graph: Graph) -> dict[str, list[str]]:
    """For each key, what depends on it, in the order of the edges."""
    children: dict[str, list[str]] = {node.key: [] for node in graph.nodes}
    for source, target in graph.edges:
        children[source].append(target)
    return children


def parents_of(graph: Graph) -> dict[str, list[str]]:
    """For each key, what it depends on, in the order of the edges."""
    parents: dict[str, list[str]] = {node.key: [] for node in graph.nodes}
    for source, target in graph.edges:
        parents[target].append(source)
    return parents
