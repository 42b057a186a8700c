"""Tables of a database, copied into the warehouse."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import dagster as dg

from dagway.components.attributes import Block
from dagway.components.partitions import Part
from dagway.components.resolving import text
from dagway.components.source import Source, SourceTable, store
from dagway.components.table_step import Load, Loaded
from dagway.components.warehouse import Session

if TYPE_CHECKING:
    from dagway.components.database import Database


@dataclass(kw_only=True)
class SqlTables(Source, Block, dg.Resolvable):
    """Tables of a database, each copied into the warehouse by a step of its own."""

    database: Annotated[
        str | None, text("The resource key of the database; the source's name if left out.")
    ] = None

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        return dg.Definitions.merge(*(self._table(context, table) for table in self.tables))

    def _table(self, context: dg.ComponentLoadContext, table: SourceTable) -> dg.Definitions:
        if self.in_demo:
            return self.step(context, table).definitions(context, self.demo_load(context.project_root, table))
        resource = self.database or self.source
        return self.step(context, table, frozenset({resource})).definitions(context, _load(resource, table))


def _load(resource: str, table: SourceTable) -> Load:
    def load(context: dg.AssetExecutionContext, session: Session, name: str, part: Part | None) -> Loaded:
        database: Database = getattr(context.resources, resource)
        store(session, name, database.read(table.table or table.name, part), part)
        return Loaded()

    return load
