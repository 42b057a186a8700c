"""Which rows of a source's table are wanted, as a condition that SQLAlchemy writes for each database."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from dagway.components.cursor import Since
from dagway.components.database_types import is_moment
from dagway.components.partitions import Part
from dagway.errors import DagwayError

if TYPE_CHECKING:
    import sqlalchemy as sa

Wanted = Part | Since | None
"""The rows of a part, those from a mark on, or all."""


def condition_of(table: sa.Table, wanted: Part | Since, dialect: str) -> Any:
    """The condition; `dialect` is SQLAlchemy's name of the database.

    Raises:
        DagwayError: the table has no such column, or one whose order differs between databases.
    """
    column: Any = table.columns.get(wanted.column)
    if column is None:
        attribute = "incremental" if isinstance(wanted, Part) else "cursor"
        raise DagwayError(
            f"{table.name} has no column {wanted.column!r}, which `{attribute}` names.",
            f"Its columns are {', '.join(table.columns.keys())}.",
        )
    if isinstance(wanted, Since):
        return _since(column, wanted, dialect)
    return _of_part(column, wanted, dialect)


def as_floats(query: sa.Select[*tuple[Any, ...]]) -> sa.Select[*tuple[Any, ...]]:
    """The query with its floating numbers as such: as decimals, SQLAlchemy would cut them after ten places."""
    import sqlalchemy as sa

    def plain(column: Any) -> Any:
        kind: Any = column.type
        if isinstance(kind, sa.Float) and kind.asdecimal:
            return sa.type_coerce(column, sa.Float(asdecimal=False)).label(column.name)
        return column

    return query.with_only_columns(*map(plain, query.selected_columns))


def _since(column: Any, wanted: Since, dialect: str) -> Any:
    import sqlalchemy as sa

    mark = wanted.mark
    if isinstance(column.type, sa.String) and dialect != "sqlite":
        raise DagwayError(
            f"The cursor {wanted.column} is text, whose order differs between databases: rows could be lost.",
            "Name a column of dates, times or numbers, or read a view that casts it.",
        )
    if isinstance(mark, dt.datetime) and mark.tzinfo and not getattr(column.type, "timezone", False):
        mark = mark.astimezone(dt.UTC).replace(tzinfo=None)
    if dialect == "sqlite" and isinstance(column.type, sa.DateTime):
        column, mark = _sqlite_time(column), _sqlite_text(mark)
    return sa.or_(column >= mark, column.is_(None))


def _of_part(column: Any, part: Part, dialect: str) -> Any:
    import sqlalchemy as sa

    if part.window is None:
        return sa.cast(column, sa.String(255)).in_(part.names)
    start, end = part.window
    # A day is the midnight that it begins with. A text is compared by its days, and the warehouse takes what is the part's.
    if isinstance(column.type, sa.String):
        return (column >= start.date().isoformat()) & (column < _next_midnight(end).isoformat())
    if isinstance(column.type, sa.DateTime) and column.type.timezone:
        return (column >= start) & (column < end)
    if isinstance(column.type, sa.Date):
        return (column >= _next_midnight(start)) & (column < _next_midnight(end))
    if isinstance(column.type, sa.DateTime) and is_moment(column.type, dialect):
        start, end = start.astimezone(dt.UTC), end.astimezone(dt.UTC)
    if dialect == "sqlite" and isinstance(column.type, sa.DateTime):
        return (_sqlite_time(column) >= _sqlite_text(start)) & (_sqlite_time(column) < _sqlite_text(end))
    return (column >= start.replace(tzinfo=None)) & (column < end.replace(tzinfo=None))


def _sqlite_time(column: Any) -> Any:
    """A time of SQLite, which keeps it as the text that was written, with or without its fraction."""
    import sqlalchemy as sa

    return sa.func.strftime("%Y-%m-%d %H:%M:%f", sa.type_coerce(column, sa.Text), type_=sa.Text)


def _sqlite_text(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def _next_midnight(moment: dt.datetime) -> dt.date:
    """The first day whose midnight is not before the moment."""
    day = moment.date()
    return day if moment.time() == dt.time() else day + dt.timedelta(days=1)
