"""Tables of a database, copied into the warehouse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import dagster as dg

from dagway.components.cursor import cursor_of, since
from dagway.components.cursor_load import CursorAttributes, merged, refuse_partitions
from dagway.components.resolving import plain, text
from dagway.components.source import Source, SourceTable, store
from dagway.components.table_step import Loaded, TableLoad
from dagway.components.warehouse import Session

if TYPE_CHECKING:
    from dagway.components.database import Database


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

    A table that is read whole and has no row is an error if the warehouse's has some, unless it has `allow_empty: true`.
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
            refuse_partitions(f"{self.source}/{table.name}", table, table.cursor)
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
            cursor = cursor_of(table.cursor)
            begin = since(session, load.table, cursor)
            with database.read(name, begin) as batches:
                return merged(session, load.table, batches, cursor, begin)
        rows = database.read(name, load.part)
        store(session, load.table, rows, load.part, allow_empty=table.allow_empty)
        return Loaded()
