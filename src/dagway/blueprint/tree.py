"""YAML as a tree that remembers where everything stands.

Reading is guarded: nothing is constructed but text, numbers, lists and mappings, and what would grow or nest beyond
reason is a mistake. Lines and columns count from 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dagway.blueprint.scalar import Value

Step = str | int


@dataclass(slots=True)
class Scalar:
    """One word or text. `style` is None for a plain one, else its quote or block mark."""

    line: int
    column: int
    text: str
    style: str | None = None
    value: Value = None
    size: int = 1


@dataclass(slots=True)
class Sequence:
    """A list."""

    line: int
    column: int
    items: list[Node] = field(default_factory=list["Node"])
    size: int = 1


@dataclass(slots=True)
class Mapping:
    """Keys and values, in order."""

    line: int
    column: int
    entries: dict[str, Entry] = field(default_factory=dict[str, "Entry"])
    size: int = 1

    def get(self, name: str) -> Entry | None:
        """The entry under a key that has a value; a null counts as left out."""
        entry = self.entries.get(name)
        return None if entry is None or is_null(entry.node) else entry


Node = Scalar | Sequence | Mapping


@dataclass(slots=True)
class Entry:
    """A key with what stands behind it."""

    key: Scalar
    node: Node

    @property
    def at(self) -> tuple[int, int]:
        """Where a reader looks for it: the value of a scalar, the key of anything larger."""
        place = self.node if isinstance(self.node, Scalar) and not is_null(self.node) else self.key
        return place.line, place.column


def is_null(node: Node) -> bool:
    """Whether the node is an empty value."""
    return isinstance(node, Scalar) and node.value is None


def text_of(entry: Entry | None) -> str | None:
    """The text behind an entry, a number as written; None if it is anything else."""
    if entry is None or not isinstance(entry.node, Scalar):
        return None
    value = entry.node.value
    return None if value is None or isinstance(value, bool) else str(value)


def values(node: Node) -> Any:
    """The tree as plain values; numbers know how they were written."""
    match node:
        case Scalar(value=value):
            return value
        case Sequence(items=items):
            return [values(item) for item in items]
        case Mapping(entries=entries):
            return {name: values(entry.node) for name, entry in entries.items()}


def children(node: Node) -> Iterator[tuple[Step, Entry | Node]]:
    """What stands directly inside the node."""
    match node:
        case Mapping(entries=entries):
            yield from entries.items()
        case Sequence(items=items):
            yield from enumerate(items)
        case Scalar():
            return


def merge(base: Mapping, overlay: Mapping) -> Mapping:
    """The base with an overlay: mappings merge, anything else replaces, null removes."""
    merged = Mapping(base.line, base.column, dict(base.entries))
    for name, entry in overlay.entries.items():
        below = base.entries.get(name)
        if is_null(entry.node):
            merged.entries.pop(name, None)
        elif below and isinstance(below.node, Mapping) and isinstance(entry.node, Mapping):
            merged.entries[name] = Entry(below.key, merge(below.node, entry.node))
        else:
            merged.entries[name] = entry
    return merged
