"""Tables that another service lands in the warehouse."""

from dataclasses import dataclass

import dagster as dg

from dagway.components.source import Source, SourceTable
from dagway.components.table_step import Loaded, TableLoad
from dagway.components.warehouse import Session
from dagway.errors import DagwayError


@dataclass(kw_only=True)
class ExternalTables(Source, dg.Resolvable):
    """Tables that another service lands in the warehouse: each step makes sure that its table is there and not empty, unless
    it has `allow_empty: true`.

    In demo mode, the steps load the demo files instead.
    """

    def execute(
        self, context: dg.AssetExecutionContext, session: Session, load: TableLoad[SourceTable]
    ) -> Loaded:
        if self.in_demo:
            return self.load_demo(session, load)
        name = load.table
        if not session.exists(name):
            raise DagwayError(
                f"The warehouse has no table {name}.",
                f"Let {self.integration or 'the service'} land it there, or correct its name.",
            )
        allowed = load.props.attributes.allow_empty
        if not allowed and not session.rows(f"select 1 from {session.name(name)} limit 1"):
            raise DagwayError(
                f"The table {name} is empty.",
                f"Look whether {self.integration or 'the service'} ran; if it may be empty, set `allow_empty: true`.",
            )
        return Loaded()
