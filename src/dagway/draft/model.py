"""What was found at a source, as frozen values: tables, their columns, and how they hang together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class ColumnProfile:
    """One column over the rows that were read.

    `type` is the column's type at the source, `reads_as` another one that every value of a text reads as. `low` and `high`
    are the smallest and largest value as text; `values` are all of them where they are few.
    """

    name: str
    type: str
    nulls: int
    distinct: int
    low: str | None
    high: str | None
    values: tuple[str, ...] = ()
    reads_as: str | None = None

    @property
    def meant(self) -> str:
        """The type that the column is given in staging."""
        return self.reads_as or self.type


@dataclass(frozen=True)
class TableProfile:
    """One table. `rows` are all of its rows, `read` those that the profile is made from.

    `origin` is its name at the source: the file's, or the database table's. `key` is declared by the database or found by
    profiling (`key_declared` says which); empty if there is none.
    """

    name: str
    origin: str
    rows: int
    read: int
    columns: tuple[ColumnProfile, ...]
    key: tuple[str, ...] = ()
    key_declared: bool = False

    def column(self, name: str) -> ColumnProfile:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True)
class Reference:
    """A column whose values occur in another table's key: `missing` of `distinct` values do not."""

    table: str
    column: str
    to: str
    to_column: str
    distinct: int
    missing: int


@dataclass(frozen=True)
class SourceProfile:
    """A source: a folder of files, or a database.

    `address` is the folder relative to the blueprint, or the name of the variable that holds the database's address. `demo` is
    the folder of the rows for demo mode.
    """

    name: str
    kind: Literal["files", "database"]
    integration: str
    address: str
    demo: str
    tables: tuple[TableProfile, ...]
    references: tuple[Reference, ...] = ()
