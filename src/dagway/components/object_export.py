"""Rows of an asset as a file in an object store or a folder."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal

import dagster as dg

from dagway.components.export import Export, Outgoing
from dagway.components.object_store import Location, open_store, rows_of
from dagway.components.resolving import plain, text
from dagway.components.warehouse import Session
from dagway.errors import DagwayError


@dataclass(kw_only=True)
class ObjectExport(Export, dg.Resolvable):
    """Rows of an asset as one Parquet or CSV file, written whole or not at all, and read back."""

    path: Annotated[
        str, text("`s3://bucket/key.parquet`, `gs://…`, `az://…` or a file from the project's root.")
    ]
    format: Annotated[
        Literal["parquet", "csv"] | None,
        plain("The file's format; the path's ending if left out.", Literal["parquet", "csv"]),
    ] = None

    def default_kinds(self) -> Sequence[str]:
        return (Location.of(self.path, Path()).scheme, self._file_format())

    def execute(
        self, context: dg.AssetExecutionContext, session: Session, outgoing: Outgoing
    ) -> Mapping[str, Any]:
        location, file_format = Location.of(self.path, outgoing.root), self._file_format()
        started = time.perf_counter()
        with TemporaryDirectory() as folder, open_store(location, demo=self.in_demo) as store:
            file = Path(folder) / f"rows.{file_format}"
            rows = write_file(session, outgoing.table, file, file_format)
            store.put(file)
            stored = Path(folder) / f"stored.{file_format}"
            store.get(stored)
            read_back = rows_of(stored, file_format)
            size = stored.stat().st_size
        if read_back != rows:
            raise DagwayError(
                f"{location.address} holds {read_back} rows after {rows} were written.", "Export it again."
            )
        return {
            "dagster/row_count": rows,
            "rows_read_back": read_back,
            "bytes": size,
            "path": location.address,
            "format": file_format,
            "seconds": round(time.perf_counter() - started, 4),
        }

    def _file_format(self) -> str:
        ending = self.format or self.path.rpartition(".")[2].lower()
        if ending not in {"parquet", "csv"}:
            raise DagwayError(f"The format of {self.path} is unknown.", "Set `format` to parquet or csv.")
        return ending


def write_file(session: Session, table: str, file: Path, file_format: str) -> int:
    """Write a table's rows to a local file, batch by batch; gives their number."""
    import pyarrow.csv as pa_csv
    import pyarrow.parquet as pq

    batches = session.batches(f"select * from {session.name(table)}")
    rows = 0
    writer_of: Any = pq.ParquetWriter if file_format == "parquet" else pa_csv.CSVWriter
    with writer_of(str(file), batches.schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows
