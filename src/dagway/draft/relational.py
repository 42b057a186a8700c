"""What is read alike from every kind of database: each table once, the keys between them, and rows that stand in for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from dagway.draft.demo import write_demo
from dagway.draft.model import SourceProfile, TableProfile
from dagway.draft.names import identifiers
from dagway.draft.profile import Step, references

if TYPE_CHECKING:
    import duckdb


class FoundTable(Protocol):
    """A table or view of a database.

    Its name has the schema where that is not the default one; `references` are declared foreign keys of one column: column,
    table, column there.
    """

    @property
    def name(self) -> str: ...

    @property
    def references(self) -> tuple[tuple[str, str, str], ...]: ...


Found = TypeVar("Found", bound=FoundTable)


def read_source(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    integration: str,
    found: Sequence[Found],
    read: Callable[[Found, str], TableProfile],
    base: Path,
    step: Step,
) -> SourceProfile:
    """The tables as one source of this name, their rows written as Parquet under `base/demo/<name>`.

    Args:
        read: puts a table's rows into the connection under a name, and describes them.
        step: told how many tables are read, and of how many.
    """
    known = [table.name for table in found]
    names = dict(zip(known, identifiers(known), strict=True))
    profiles: list[TableProfile] = []
    step(0, len(found))
    for table in found:
        profiles.append(read(table, names[table.name]))
        step(len(profiles), len(found))
    declared = [
        (names[table.name], column, names[to], to_column)
        for table in found
        for column, to, to_column in table.references
        if to in names
    ]
    related = references(connection, profiles, declared)
    folder = write_demo(connection, profiles, base, name)
    variable = f"{name.upper()}_DATABASE_URL"
    return SourceProfile(name, "database", integration, variable, folder, tuple(profiles), related)
