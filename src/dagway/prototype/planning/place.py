"""Where a place inside a query stands in the blueprint's file."""

from __future__ import annotations

from dagway.blueprint.load import LoadedBlueprint
from dagway.blueprint.tree import Mapping, Node, Scalar, Sequence


def place_in_sql(
    loaded: LoadedBlueprint, location: tuple[str | int, ...], at: tuple[int, int]
) -> tuple[int, int]:
    """Line and column in the file of line and column in a query that stands at the location.

    Folded text loses its lines when YAML reads it; its mistakes are named where it starts.
    """
    node, (line, column) = _node(loaded.root, location), at
    if not isinstance(node, Scalar):
        start = loaded.position(*location)
        return start.line, start.column
    if node.style == "|":
        return node.line + line, _indentation(loaded.text.split("\n")[node.line :]) + column
    start_of_text = node.column + (1 if node.style else 0)
    return (
        (node.line, start_of_text + column - 1)
        if line == 1 and "\n" not in node.text
        else (node.line, node.column)
    )


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


def _indentation(lines: list[str]) -> int:
    """How far a block is indented: as its first line that says anything."""
    first = next((line for line in lines if line.strip()), "")
    return len(first) - len(first.lstrip(" "))
