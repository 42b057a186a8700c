"""A graph as a tree for a terminal: sources at the top, what depends on them below."""

from collections.abc import Iterator
from dataclasses import dataclass

from dagway.project.graph import Graph, Node, children_of, parents_of


@dataclass(frozen=True)
class Row:
    """One line: the guide lines, the node, and whether the node with all below it was shown further up already."""

    guide: str
    node: Node
    repeated: bool
    parents: int

    @property
    def note(self) -> str:
        """What stands behind the name: kinds, checks, and a mark where several lines lead to the node."""
        shared = "↑ above" if self.repeated else f"◆ {self.parents} inputs" if self.parents > 1 else ""
        return " · ".join(part for part in (*self.node.badges, *self.node.lines, shared) if part)


def tree(graph: Graph) -> str:
    """The tree as plain text, one asset a line; an asset with several inputs is shown in full once."""
    lines = (f"{row.guide}{row.node.key}  {row.note}".rstrip() for row in rows(graph))
    return "".join(f"{line}\n" for line in lines)


def rows(graph: Graph) -> Iterator[Row]:
    """The lines from top to bottom. No recursion: a chain of a thousand assets is a tree too."""
    nodes = {node.key: node for node in graph.nodes}
    children, parents = children_of(graph), parents_of(graph)
    shown: set[str] = set()
    waiting = [("", "", key) for key in reversed(nodes) if not parents[key]]
    while waiting:
        guide, indent, key = waiting.pop()
        yield Row(guide, nodes[key], key in shown, len(parents[key]))
        if key in shown:
            continue
        shown.add(key)
        below = children[key]
        for place, child in reversed(list(enumerate(below))):
            last = place == len(below) - 1
            waiting.append((indent + ("└─ " if last else "├─ "), indent + ("   " if last else "│  "), child))
