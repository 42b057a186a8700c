"""Rows of an asset as a table of another database."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import dagster as dg

from dagway.components.attributes import Attributes, Block, Demonstrable
from dagway.components.database import Database
from dagway.components.export import export_asset
from dagway.components.resolving import text
from dagway.components.warehouse import Session
from dagway.errors import DagwayError

DEMO_DATABASE = Path("data") / "demo_exports.duckdb"


@dataclass(kw_only=True)
class TableExport(Attributes, Demonstrable, Block, dg.Resolvable):
    """Rows of an asset as a table of another database, replaced as a whole, and counted there."""

    key: Annotated[str, text("The export's asset key, `exports/name`.")]
    asset: Annotated[str, text("The asset whose rows leave.")]
    database: Annotated[str, text("The resource key of the database.")]
    table: Annotated[str, text("The table to write, `schema.table`.")]
    integration: Annotated[str, text("What the database is, such as `postgres`.")] = ""

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        demo = Database(url=f"duckdb:///{context.project_root / DEMO_DATABASE}") if self.in_demo else None
        kinds = (self.integration,) if self.integration else ()

        def export(run: dg.AssetExecutionContext, session: Session, source: str) -> dict[str, Any]:
            return self._export(session, source, demo or getattr(run.resources, self.database))

        resources = set[str]() if demo else {self.database}
        return export_asset(self.key, self.asset, self, kinds, resources, export)

    def _export(self, session: Session, source: str, database: Database) -> dict[str, Any]:
        started = time.perf_counter()
        rows = int(session.scalar(f"select count(*) from {session.name(source)}"))
        read_back = database.write(self.table, session.batches(f"select * from {session.name(source)}"))
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
