"""Tables of a database, copied into the warehouse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import dagster as dg
from pydantic import Field

from dagway.components.cursor import Cursor, cursor_of, since
from dagway.components.resolving import plain, text
from dagway.components.source import Source, SourceTable, store
from dagway.components.table_step import Loaded, TableLoad
from dagway.components.warehouse import Session
from dagway.components.warehouse.merge import merge
from dagway.errors import DagwayError

if TYPE_CHECKING:
    from dagway.components.database import Database


class CursorAttributes(dg.Model):
    """Only rows beyond those that are there are read, and each takes the place of the one with its key."""

    column: str = Field(
        description="A date, time or number that grows whenever a row is written, such as `updated_at`."
    )
    key: str | list[str] = Field(description="The columns that tell the rows apart.")
    lookback: str | None = Field(
        default=None,
        description="Time before the newest row that is read again, `1h`: as long as a transaction of the source may take.",
    )


@dataclass(kw_only=True)
class SqlTable(SourceTable, dg.Resolvable):
    """One table of a database."""

    cursor: Annotated[
        Mapping[str, Any] | None,
        plain("What orders its changes; the whole table is read each time if left out.", CursorAttributes),
    ] = None


@dataclass(kw_only=True)
class SqlTables(Source, dg.Resolvable):
    """Tables of a database, each copied into the warehouse by a step of its own: whole, by partitions, or by a cursor.

    With a `cursor`, the first run reads the whole table; later ones read from the newest row of the warehouse's table
    on, that moment included, and the rows without one. They arrive beside the table and go into it by their key, in one
    transaction: a run that breaks off changes nothing, and the next one reads the same rows. A new column is added, null
    in the rows kept until they change; a removed column, or a type that does not fit, is an error that leaves the table
    as it is. Rows that the source deletes stay: drop the table to load it whole again.
    """

    tables: Annotated[  # pyright: ignore[reportIncompatibleVariableOverride]  read only
        Sequence[SqlTable], dg.Resolver.default(description="The source's tables.")
    ]
    database: Annotated[
        str | None, text("The resource key of the database; the source's name if left out.")
    ] = None

    def resource_keys(self) -> frozenset[str]:
        return frozenset() if self.in_demo else frozenset({self.database or self.source})

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        for table in self.tables:
            if table.cursor and (table.partitions or table.incremental):
                raise DagwayError(
                    f"{self.source}/{table.name} has a cursor and partitions.",
                    "A partition replaces its rows, a cursor goes on from the last ones: leave one of them out.",
                )
        return super().build_defs(context)

    def execute(
        self, context: dg.AssetExecutionContext, session: Session, load: TableLoad[SourceTable]
    ) -> Loaded:
        if self.in_demo:
            return self.load_demo(session, load)
        table = load.props.attributes
        database: Database = getattr(context.resources, self.database or self.source)
        name = table.table or table.name
        if isinstance(table, SqlTable) and table.cursor:
            return _go_on(session, load.table, database, name, cursor_of(table.cursor))
        store(session, load.table, database.read(name, load.part), load.part)
        return Loaded()


def _go_on(session: Session, table: str, database: "Database", name: str, cursor: Cursor) -> Loaded:
    """Read what is new since the last run, and put it in its place."""
    begin = since(session, table, cursor)
    with database.read(name, begin) as batches:
        merged = merge(session, table, batches, cursor.key)
    metadata: dict[str, Any] = {
        "rows_read": merged.rows,
        "rows_updated": merged.updated,
        "read_from": "the beginning" if begin is None else str(begin.mark),
    }
    if merged.new_columns:
        metadata["new_columns"] = ", ".join(merged.new_columns)
    return Loaded(metadata=metadata)
