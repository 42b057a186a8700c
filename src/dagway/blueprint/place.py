"""Where a place inside a text, such as a query's line and column, stands in the blueprint's file."""

from __future__ import annotations

from collections.abc import Sequence

from dagway.blueprint.tree import Scalar

Place = tuple[int, int]


def place_inside(node: Scalar, place: Place, lines: Sequence[str]) -> Place:
    """Line and column in the file, whose lines are given; both count from 1.

    Folded text loses its lines when YAML reads it: its places are where it starts.
    """
    line, column = place
    if node.style == "|":
        return node.line + line, column + _indentation(node, lines)
    if "\n" in node.text or node.style == ">" or line > 1:
        return node.line, node.column
    return node.line, node.column + column - 1 + (1 if node.style in {"'", '"'} else 0)


def _indentation(node: Scalar, lines: Sequence[str]) -> int:
    """Columns that YAML took off every line of a block: those of its first line with text."""
    for number, line in enumerate(node.text.split("\n"), node.line):
        if line.strip() and number < len(lines):
            return len(lines[number].rstrip("\r")) - len(line.rstrip("\r"))
    return 0
