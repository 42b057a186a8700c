"""Where a blueprint says what a project reads, writes or watches on its machine; whatever the integration is called."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dagway.blueprint.model import ENV_CALL
from dagway.blueprint.outline import Line, section, tables
from dagway.blueprint.tree import Entry, Mapping, text_of

_ADDRESS = re.compile(r"(?!file:)[A-Za-z][A-Za-z0-9+.-]*://", re.IGNORECASE)
_FILE = re.compile(r"file:", re.IGNORECASE)
_FILE_DATABASE = re.compile(r"(?:sqlite|duckdb)[A-Za-z0-9+.-]*:(?:///?)?", re.IGNORECASE)
_NO_FILE = (":memory:", "md:", "motherduck:")
_DATABASE_FILES = (".duckdb", ".ddb", ".db", ".sqlite", ".sqlite3")
_SET_BY_OTHERS = "env"
"""Stands for a variable without a default: who runs the project says what is in it."""

Held = tuple[Entry, str]


def is_address(path: str) -> bool:
    """Whether it is the address of an object or a server, such as `s3://bucket/key`, and no file of the machine."""
    return _ADDRESS.match(path) is not None


def held_paths(root: Mapping) -> Iterator[Held]:
    """Every path of the machine as it would be opened, the default in the place of a variable, with its entry."""
    for name in ("sources", "exports"):
        for line in section(root, name):
            yield from _paths(line.get("path"))
            yield from _databases(line.get("connection"))
            for table in tables(line):
                yield from _table_paths(line, table.line)
    for sensor in section(root, "sensors"):
        yield from resolved(sensor.get("watch"))
    yield from _warehouse(root)


def _warehouse(root: Mapping) -> Iterator[Held]:
    entry = root.get("warehouse")
    if entry is None or not isinstance(entry.node, Mapping):
        return
    warehouse = entry.node
    yield from _paths(warehouse.get("private_key_file"))
    yield from _databases(warehouse.get("connection"))
    # Elsewhere it is a name, as Snowflake's is.
    if text_of(warehouse.get("integration")) in (None, "duckdb"):
        yield from _paths(warehouse.get("database"))


def _table_paths(source: Line, table: Line | None) -> Iterator[Held]:
    """A table's path by itself, as it is joined to the demo folder, and below its source's."""
    folder = next((path for _, path in _paths(source.get("path"))), None)
    for entry, path in _paths(table.get("path") if table else None):
        yield entry, path
        if folder is not None:
            yield entry, f"{folder.rstrip('/')}/{path}"


def _paths(entry: Entry | None) -> Iterator[Held]:
    for found, path in resolved(entry):
        if not is_address(path) and not path.startswith(_NO_FILE):
            yield found, path


def _databases(entry: Entry | None) -> Iterator[Held]:
    """The file of a connection to a database that is a file."""
    for found, address in resolved(entry):
        scheme = _FILE_DATABASE.match(address)
        if scheme:
            path = address[scheme.end() :].partition("?")[0]
            if path and not path.startswith(_NO_FILE):
                yield found, path
        elif _FILE.match(address) or (not is_address(address) and address.endswith(_DATABASE_FILES)):
            yield found, address


def resolved(entry: Entry | None, unset: str = "") -> Iterator[Held]:
    """The entry's text, if it has one, with the default in the place of each variable.

    Args:
        unset: in the place of an empty default.
    """
    text = text_of(entry)
    if entry is None or text is None:
        return
    path = ENV_CALL.sub(lambda call: _SET_BY_OTHERS if call[2] is None else call[2] or unset, text).strip()
    if path and "{{" not in path:
        yield entry, path
