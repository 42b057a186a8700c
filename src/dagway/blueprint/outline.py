"""The tree by the language's nouns: sources, their tables, assets, checks. It makes sense of trees with mistakes too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dagway.blueprint.tree import Entry, Mapping, Scalar, Sequence, is_null, text_of

SECTIONS = ("sources", "assets", "exports", "schedules", "sensors", "alerts")


class Line(NamedTuple):
    """One named thing of the blueprint, such as an asset."""

    section: str
    name: str
    entry: Entry
    node: Mapping

    def get(self, key: str) -> Entry | None:
        """What stands under one of its keys."""
        return self.node.get(key)

    def text(self, key: str) -> str | None:
        """The text under one of its keys."""
        return text_of(self.node.get(key))

    @property
    def at(self) -> tuple[int, int]:
        """Where its name stands."""
        return self.entry.key.line, self.entry.key.column


class Table(NamedTuple):
    """A source's table: its key, where it is named, and what more is said of it."""

    key: str
    at: tuple[int, int]
    line: Line | None


def section(root: Mapping, name: str) -> Iterator[Line]:
    """The lines of one section."""
    entry = root.get(name)
    if entry is None or not isinstance(entry.node, Mapping):
        return
    for key, item in entry.node.entries.items():
        if isinstance(item.node, Mapping):
            yield Line(name, key, item, item.node)


def tables(source: Line) -> Iterator[Table]:
    """The tables of a source, from either way to write them."""
    entry = source.get("tables")
    if entry is None:
        return
    if isinstance(entry.node, Sequence):
        for item in entry.node.items:
            if isinstance(item, Scalar) and not is_null(item):
                yield Table(f"{source.name}/{item.text}", (item.line, item.column), None)
    elif isinstance(entry.node, Mapping):
        for name, item in entry.node.entries.items():
            more = Line("tables", name, item, item.node) if isinstance(item.node, Mapping) else None
            yield Table(f"{source.name}/{name}", (item.key.line, item.key.column), more)


def built(root: Mapping) -> Iterator[tuple[str, Line]]:
    """Everything that may carry checks and partitions, with its key: assets, sources, and their tables."""
    for asset in section(root, "assets"):
        yield asset.name, asset
    for source in section(root, "sources"):
        yield source.name, source
        for table in tables(source):
            if table.line:
                yield table.key, table.line


def checks(line: Line) -> Iterator[Mapping]:
    """The checks of an asset or a table."""
    entry = line.get("checks")
    if entry is not None and isinstance(entry.node, Sequence):
        yield from (item for item in entry.node.items if isinstance(item, Mapping))


def texts(entry: Entry | None) -> Iterator[Scalar]:
    """The texts of a list."""
    if entry is not None and isinstance(entry.node, Sequence):
        yield from (item for item in entry.node.items if isinstance(item, Scalar) and not is_null(item))
