"""The columns that a query gives, with types and lineage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dagway.sql.names import Key

ColumnOf = tuple[Key, str]


@dataclass(frozen=True)
class Described:
    """What a query gives.

    Attributes:
        columns: name → type in the dialect's words, None where it cannot be told; in order.
        lineage: name → the upstream columns that its values are made from.
        complete: whether these are all the columns; False where a `*` could not be expanded.
    """

    columns: Mapping[str, str | None]
    lineage: Mapping[str, tuple[ColumnOf, ...]] = field(default_factory=dict[str, tuple[ColumnOf, ...]])
    complete: bool = True


def describe(sql: str, dialect: str, schemas: Mapping[Key, Mapping[str, str | None]]) -> Described:
    """To be replaced."""
    return Described({}, {}, complete=False)
