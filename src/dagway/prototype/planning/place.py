"""Where a place inside a query stands in the blueprint's file."""

from __future__ import annotations

from dagway.blueprint.place import place_inside
from dagway.blueprint.shape import find
from dagway.blueprint.tree import Mapping, Node, Scalar, Sequence


def place_in_sql(
    root: Mapping, text: str, location: tuple[str | int, ...], at: tuple[int, int]
) -> tuple[int, int]:
    """Line and column in the file's text of line and column in a query that stands at the location of the tree."""
    node = _node(root, location)
    return place_inside(node, at, text.split("\n")) if isinstance(node, Scalar) else find(root, location)


def _node(node: Node, location: tuple[str | int, ...]) -> Node | None:
    """What the file says at a location; None if it says nothing there."""
    for step in location:
        if isinstance(node, Mapping) and step in node.entries:
            node = node.entries[str(step)].node
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            return None
    return node
