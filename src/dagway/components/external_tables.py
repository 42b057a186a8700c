"""Tables that another service lands in the warehouse."""

from dataclasses import dataclass

import dagster as dg

from dagway.components.attributes import Block
from dagway.components.partitions import Part
from dagway.components.source import Source
from dagway.components.table_step import Loaded
from dagway.components.warehouse import Session
from dagway.errors import DagwayError


@dataclass(kw_only=True)
class ExternalTables(Source, Block, dg.Resolvable):
    """Tables that another service lands in the warehouse: each step makes sure that its table is there and not empty.

    In demo mode, the steps load the demo files instead.
    """

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        root = context.project_root
        steps = (
            self.step(context, table).definitions(
                context, self.demo_load(root, table) if self.in_demo else self._look
            )
            for table in self.tables
        )
        return dg.Definitions.merge(*steps)

    def _look(self, _: dg.AssetExecutionContext, session: Session, name: str, part: Part | None) -> Loaded:
        if not session.exists(name):
            raise DagwayError(
                f"The warehouse has no table {name}.",
                f"Let {self.integration or 'the service'} land it there, or correct its name.",
            )
        if not session.rows(f"select 1 from {session.name(name)} limit 1"):
            raise DagwayError(
                f"The table {name} is empty.", f"Look whether {self.integration or 'the service'} ran."
            )
        return Loaded()
