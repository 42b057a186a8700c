"""Files of a folder or an object store, loaded into the warehouse."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import dagster as dg

from dagway.components.asset_spec import column_types
from dagway.components.object_store import Location, fetch
from dagway.components.partitions import Part
from dagway.components.reading import duckdb_types, file_of_table, read_file
from dagway.components.resolving import text
from dagway.components.source import Source, SourceTable, store
from dagway.components.table_step import Loaded, TableLoad
from dagway.components.warehouse import Session
from dagway.errors import DagwayError

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(kw_only=True)
class Files(Source, dg.Resolvable):
    """CSV, Parquet and JSON files, each table loaded by a step of its own."""

    path: Annotated[
        str, text("The folder from the project's root, or `s3://bucket/folder`, `gs://…`, `az://…`.")
    ] = ""

    def execute(
        self, context: dg.AssetExecutionContext, session: Session, load: TableLoad[SourceTable]
    ) -> Loaded:
        if self.in_demo and self.demo_path is not None:
            return self.load_demo(session, load)
        store(session, load.table, self._rows(load.root, load.props.attributes, load.part), load.part)
        return Loaded()

    @contextmanager
    def _rows(self, root: Path, table: SourceTable, part: Part | None) -> "Generator[pa.RecordBatchReader]":
        types = duckdb_types(column_types(table), table.dialect)
        wanted = self._address(table)
        if "://" not in wanted:
            with read_file(str(self._own_file(root, table)), types, part) as rows:
                yield rows
            return
        with TemporaryDirectory() as folder:
            pattern = fetch(Location.of(wanted, root), Path(folder), demo=self.in_demo)
            with read_file(pattern, types, part) as rows:
                yield rows

    def local_file(self, root: Path, table: SourceTable) -> Path | None:
        if self.in_demo and self.demo_path is not None:
            return super().local_file(root, table)
        try:
            return None if "://" in self._address(table) else self._own_file(root, table)
        except DagwayError:
            return None

    def _own_file(self, root: Path, table: SourceTable) -> Path:
        names = (table.table or table.name, table.name)
        return root / self._address(table) if table.path else file_of_table(root / self.path, names)

    def _address(self, table: SourceTable) -> str:
        """Where a table's files are: by its own path, which `path` stands before unless it is an address itself."""
        own = table.path or f"{table.table or table.name}.*"
        return own if "://" in own or not self.path else f"{self.path.rstrip('/')}/{own}"
