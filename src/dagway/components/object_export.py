"""Rows of an asset as files in an object store or a folder."""

import filecmp
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal

import dagster as dg

from dagway.components.asked import Asked
from dagway.components.export import Export, Outgoing
from dagway.components.export_file import rows_of_file, write_file
from dagway.components.object_store import Location, open_store
from dagway.components.partitions import Part, condition, kind_of_type, of_key
from dagway.components.resolving import plain, text
from dagway.components.warehouse import Session
from dagway.errors import DagwayError

PARTITION = "{partition}"
"""What a partition's name takes the place of in the path."""


@dataclass(kw_only=True)
class ObjectExport(Asked, Export, dg.Resolvable):
    """Rows of an asset as one Parquet or CSV file, written whole or not at all, and read back.

    With `partitions`, each has a file of its own: `{partition}` in `path` becomes its name, and `incremental` names the column that
    says which rows belong to it. A run of several partitions writes as many files.
    """

    path: Annotated[
        str,
        text(
            "`s3://bucket/key.parquet`, `gs://…`, `az://…` or a file from the project's root; `{partition}` in it is the partition's name."
        ),
    ]
    format: Annotated[
        Literal["parquet", "csv"] | None,
        plain("The file's format; the path's ending if left out.", Literal["parquet", "csv"]),
    ] = None

    def default_kinds(self) -> Sequence[str]:
        return (Location.of(self.path, Path()).scheme, self._file_format())

    def refuse_partitions(self, partitions: dg.PartitionsDefinition[Any] | None) -> None:
        given = (partitions is not None, self.incremental is not None, PARTITION in self.path)
        if any(given) and not all(given):
            raise DagwayError(
                f"{self.key}: `partitions`, `incremental` and `{PARTITION}` in `path` belong together: they say which rows go into which file.",
                f"Write all of them, `path: exports/{PARTITION}.parquet` say, or leave them out.",
            )
        if isinstance(partitions, dg.MultiPartitionsDefinition):
            raise DagwayError(
                f"{self.key} has partitions of several dimensions.", "Give it those of one of them."
            )

    def execute(
        self, context: dg.AssetExecutionContext, session: Session, outgoing: Outgoing
    ) -> Mapping[str, Any]:
        started, file_format = time.perf_counter(), self._file_format()
        files = [(Location.of(path, outgoing.root), part) for path, part in self._files(context)]
        written = [self._write(session, outgoing.table, part, where, file_format) for where, part in files]
        rows, size = (sum(numbers) for numbers in zip(*written, strict=True))
        named = files[0][0] if len(files) == 1 else Location.of(self.path, outgoing.root)
        return {
            "dagster/row_count": rows,
            "rows_read_back": rows,
            "bytes": size,
            "path": named.address,
            "format": file_format,
            **({"files": len(files)} if len(files) > 1 else {}),
            "seconds": round(time.perf_counter() - started, 4),
        }

    def _files(self, context: dg.AssetExecutionContext) -> Iterator[tuple[str, Part | None]]:
        """The path of each file, and the rows that belong there."""
        partitions = context.assets_def.partitions_def
        if partitions is None or self.incremental is None:
            yield self.path, None
            return
        for name in context.partition_keys:
            if "/" in name or "\\" in name or name in (".", ".."):
                raise DagwayError(
                    f"The partition {name!r} is no name of a file.", "Call it otherwise, without a slash."
                )
            part = of_key(partitions, name, str(self.incremental["column"]))
            yield self.path.replace(PARTITION, name), part

    def _write(
        self, session: Session, table: str, part: Part | None, location: Location, file_format: str
    ) -> tuple[int, int]:
        """Write one file; gives its rows and bytes. What is wrong with it shows before it takes the old one's place."""
        with (
            TemporaryDirectory() as folder,
            open_store(location, demo=self.in_demo, waits=self.waits()) as store,
        ):
            file, stored = (Path(folder) / f"{name}.{file_format}" for name in ("rows", "stored"))
            rows = write_file(session, _query(session, table, part), file, file_format)
            found = rows_of_file(file, file_format)
            if found != rows:
                raise DagwayError(
                    f"The {file_format} file has {found} rows of {rows}; {location.address} is as it was.",
                    "Write the other format.",
                )
            store.put(file)
            store.get(stored)
            if not filecmp.cmp(file, stored, shallow=False):
                raise DagwayError(
                    f"{location.address} holds something else than was written.", "Export it again."
                )
            return rows, stored.stat().st_size

    def _file_format(self) -> str:
        ending = self.format or self.path.rpartition(".")[2].lower()
        if ending not in {"parquet", "csv"}:
            raise DagwayError(f"The format of {self.path} is unknown.", "Set `format` to parquet or csv.")
        return ending


def _query(session: Session, table: str, part: Part | None) -> str:
    query = f"select * from {session.name(table)}"
    if part is None:
        return query
    types = {name.lower(): sql_type for name, sql_type in session.columns(table)}
    if part.column.lower() not in types:
        raise DagwayError(
            f"{table} has no column {part.column!r}, which `incremental` names.",
            f"Its columns are {', '.join(types)}." if types else "Materialize its asset first.",
        )
    return f"{query} where {condition(part, kind_of_type(types[part.column.lower()]), session.quoted(part.column))}"
