"""Rows of an asset as a table of another database."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import dagster as dg

from dagway.components.database import Database
from dagway.components.export import Export, Outgoing
from dagway.components.resolving import text
from dagway.components.warehouse import Session
from dagway.errors import DagwayError

DEMO_DATABASE = Path("data") / "demo_exports.duckdb"


@dataclass(kw_only=True)
class TableExport(Export, dg.Resolvable):
    """Rows of an asset as a table of another database, replaced as a whole, and counted there."""

    database: Annotated[str, text("The resource key of the database.")]
    table: Annotated[str, text("The table to write, `schema.table`.")]
    integration: Annotated[str, text("What the database is, such as `postgres`.")] = ""

    def default_kinds(self) -> Sequence[str]:
        return (self.integration,) if self.integration else ()

    def resource_keys(self) -> frozenset[str]:
        return frozenset() if self.in_demo else frozenset({self.database})

    def execute(
        self, context: dg.AssetExecutionContext, session: Session, outgoing: Outgoing
    ) -> Mapping[str, Any]:
        database: Database = (
            Database(url=f"duckdb:///{outgoing.root / DEMO_DATABASE}")
            if self.in_demo
            else getattr(context.resources, self.database)
        )
        started, source = time.perf_counter(), session.name(outgoing.table)
        rows = int(session.scalar(f"select count(*) from {source}"))
        read_back = database.write(self.table, session.batches(f"select * from {source}"))
        if read_back != rows:
            raise DagwayError(
                f"{self.table} has {read_back} rows after {rows} were written.", "Export it again."
            )
        return {
            "dagster/row_count": rows,
            "rows_read_back": read_back,
            "path": f"{database.masked}/{self.table}",
            "seconds": round(time.perf_counter() - started, 4),
        }
