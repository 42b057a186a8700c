"""How far a table was read: the high-water mark of a cursor column, taken from the rows that are there."""

# pyarrow's stubs leave the type parameters of arrays unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dagway.blueprint.duration import seconds
from dagway.components.partitions import kind_of_type
from dagway.components.warehouse.session import Session
from dagway.errors import DagwayError


@dataclass(frozen=True)
class Cursor:
    """What orders the changes of a table, and what tells its rows apart.

    Attributes:
        column: a date, time or number that grows whenever a row is written.
        key: the columns of which no two rows have the same values.
        lookback: the time before the mark that is read again.
    """

    column: str
    key: tuple[str, ...]
    lookback: dt.timedelta = dt.timedelta()


@dataclass(frozen=True)
class Since:
    """The rows from a mark on, the mark included, and those that have none."""

    column: str
    mark: Any


def cursor_of(written: Mapping[str, Any]) -> Cursor:
    """The cursor that the YAML describes.

    Raises:
        DagwayError: `lookback` is no duration.
    """
    key = written["key"]
    lookback = dt.timedelta(seconds=seconds(written["lookback"]) if written.get("lookback") else 0)
    return Cursor(written["column"], (key,) if isinstance(key, str) else tuple(key), lookback)


def since(session: Session, table: str, cursor: Cursor) -> Since | None:
    """Where to read on; None for everything.

    Raises:
        DagwayError: the table has no such column, or `lookback` means nothing for its values.
    """
    # What a view shows is not there any more once the load has made a table in its place.
    if not session.is_table(table):
        return None
    columns = {name.lower(): sql_type for name, sql_type in session.columns(table)}
    if cursor.column.lower() not in columns:
        raise DagwayError(
            f"The table {table} has no column {cursor.column!r}, which `cursor` names.",
            "Correct the cursor, or drop the table to load it whole.",
        )
    column = session.quoted(cursor.column)
    if session.dialect == "postgres" and kind_of_type(columns[cursor.column.lower()]) == "text":
        column += ' collate "C"'
    mark = session.query(f"select max({column}) as mark from {session.name(table)}").column(0)[0].as_py()
    return None if mark is None else Since(cursor.column, _earlier(mark, cursor))


def _earlier(mark: Any, cursor: Cursor) -> Any:
    if not cursor.lookback:
        return mark
    if not isinstance(mark, dt.date):
        raise DagwayError(
            f"`lookback` needs a date or a time, and {cursor.column} has {mark!r}.", "Leave it out."
        )
    return mark - cursor.lookback
