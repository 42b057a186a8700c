"""Changed rows into a table: each takes the place of the one with its key, all of them in one transaction.

The rows arrive first in a table beside it. Nothing of the table changes before all of them are there, so a load that
breaks off leaves it as it was. Each load has a table beside it of its own, for runs may overlap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dagway.components.warehouse.beside import arrival
from dagway.components.warehouse.change import refuse_loss
from dagway.components.warehouse.session import Columns, Session
from dagway.errors import DagwayError

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Merged:
    """What a merge did: rows that came, those of them that took another's place, columns that are new."""

    rows: int
    updated: int = 0
    new_columns: tuple[str, ...] = ()

    def metadata(self) -> dict[str, Any]:
        """What a materialization tells of it."""
        told: dict[str, Any] = {"rows_read": self.rows, "rows_updated": self.updated}
        return {**told, "new_columns": ", ".join(self.new_columns)} if self.new_columns else told


def merge(session: Session, table: str, batches: pa.RecordBatchReader, key: Sequence[str]) -> Merged:
    """Put the rows into the table; new columns are added, null in the rows kept. If there is none, or a view, it is made.

    Raises:
        DagwayError: the rows lack a column of the table or have one that does not fit, or the key is none. The table is
            as it was.
    """
    return _merged(session, table, key, lambda arrived: session.replace(arrived, batches))


def merge_query(session: Session, table: str, query: str, key: Sequence[str]) -> Merged:
    """Put the rows of a query into the table, as `merge` does; they do not leave the warehouse.

    Raises:
        DagwayError: as `merge` does.
    """
    return _merged(session, table, key, lambda arrived: session.create_table(arrived, query))


def _merged(session: Session, table: str, key: Sequence[str], load: Callable[[str], None]) -> Merged:
    with arrival(session, table) as arrived:
        load(arrived)
        columns = session.sample(f"select * from {session.name(arrived)}", 0).columns
        rows = _count_by_key(session, table, arrived, columns, key)
        # Otherwise two loads that overlap would both find a key missing, and both put it in.
        with session.alone(table):
            # Through a view, rows of the tables that it reads would go.
            if not session.is_table(table):
                session.create_table(table, f"select * from {session.name(arrived)}")
                return Merged(rows)
            kept = session.sample(f"select * from {session.name(table)}", 0).columns
            new = _add_columns(session, table, kept, arrived, columns)
            return Merged(rows, _put(session, table, arrived, columns, key), new)


def _count_by_key(session: Session, table: str, arrived: str, columns: Columns, key: Sequence[str]) -> int:
    """The rows that came; that two have one key, or one has none, would lose rows."""
    known = [name for name, _ in columns]
    if absent := [name for name in key if name.lower() not in map(str.lower, known)]:
        raise DagwayError(
            f"The rows for {table} have no column {', '.join(absent)}, which `key` names.",
            f"Their columns are {', '.join(known)}.",
        )
    names = ", ".join(map(session.quoted, key))
    missing = " or ".join(f"{session.quoted(name)} is null" for name in key)
    source = session.name(arrived)
    ((rows, without, distinct),) = session.rows(
        f"select (select count(*) from {source}), (select count(*) from {source} where {missing}),"
        f" (select count(*) from (select distinct {names} from {source}) as keys)"
    )
    if without or distinct < rows:
        reason = f"{without} rows have none" if without else f"{rows - distinct} rows have another's"
        raise DagwayError(
            f"{', '.join(key)} is no key of the rows for {table}: {reason}.",
            "Name in `key` the columns that tell the rows apart.",
        )
    return int(rows)


def _add_columns(
    session: Session, table: str, kept: Columns, arrived: str, columns: Columns
) -> tuple[str, ...]:
    """Columns that the table lacks. They are added before the rows' transaction, which such a change ends in Snowflake."""
    known = {name.lower() for name, _ in kept}
    new = [(name, sql_type) for name, sql_type in columns if name.lower() not in known]
    refuse_loss(session, table, [*kept, *new], columns, session.name(arrived))
    for name, sql_type in new:
        session.execute(f"alter table {session.name(table)} add column {session.quoted(name)} {sql_type}")
    return tuple(name for name, _ in new)


def _put(session: Session, table: str, arrived: str, columns: Columns, key: Sequence[str]) -> int:
    names = ", ".join(session.quoted(name) for name, _ in columns)
    keys = ", ".join(map(session.quoted, key))
    changed = f"from {session.name(table)} where ({keys}) in (select {keys} from {session.name(arrived)})"
    with session.transaction():
        updated = int(session.scalar(f"select count(*) {changed}"))
        session.execute(f"delete {changed}")
        session.execute(
            f"insert into {session.name(table)} ({names}) select {names} from {session.name(arrived)}"
        )
    return updated
