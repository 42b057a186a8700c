"""Tables of a database, copied into the warehouse."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import dagster as dg

from dagway.components.resolving import text
from dagway.components.source import Source, SourceTable, store
from dagway.components.table_step import Loaded, TableLoad
from dagway.components.warehouse import Session

if TYPE_CHECKING:
    from dagway.components.database import Database


@dataclass(kw_only=True)
class SqlTables(Source, dg.Resolvable):
    """Tables of a database, each copied into the warehouse by a step of its own."""

    database: Annotated[
        str | None, text("The resource key of the database; the source's name if left out.")
    ] = None

    def resource_keys(self) -> frozenset[str]:
        return frozenset() if self.in_demo else frozenset({self.database or self.source})

    def execute(
        self, context: dg.AssetExecutionContext, session: Session, load: TableLoad[SourceTable]
    ) -> Loaded:
        if self.in_demo:
            return self.load_demo(session, load)
        table = load.props.attributes
        database: Database = getattr(context.resources, self.database or self.source)
        store(session, load.table, database.read(table.table or table.name, load.part), load.part)
        return Loaded()
