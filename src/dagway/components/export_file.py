"""Rows of the warehouse as a local file, Parquet or CSV, and what such a file holds."""

# pyarrow's stubs leave the type parameters of fields and arrays unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagway.components.warehouse import Session
from dagway.errors import DagwayError

if TYPE_CHECKING:
    import pyarrow as pa

_CHUNK = 1 << 22


def write_file(session: Session, query: str, file: Path, file_format: str) -> int:
    """Write a query's rows batch by batch; gives their number.

    Raises:
        DagwayError: the format has no way to write a column, which is named.
    """
    import pyarrow as pa
    import pyarrow.csv as pa_csv
    import pyarrow.parquet as pq

    batches = session.batches(query)
    _refuse_unwritable(batches.schema, file_format)
    rows = 0
    writer_of: Any = pq.ParquetWriter if file_format == "parquet" else pa_csv.CSVWriter
    with writer_of(str(file), batches.schema) as writer:
        for batch in batches:
            try:
                writer.write_batch(batch)
            except pa.ArrowInvalid as error:  # bytes that are no text, of a type that may well be
                raise DagwayError(
                    f"The rows cannot be written as {file_format}: {error}.", "Cast the column in the asset."
                ) from None
            rows += batch.num_rows
    return rows


def _refuse_unwritable(schema: pa.Schema, file_format: str) -> None:
    unwritable = [f"{field.name} ({field.type})" for field in schema if not _is_writable(field, file_format)]
    if unwritable:
        raise DagwayError(
            f"A {file_format} file cannot hold {', '.join(unwritable)}.",
            "Cast such a column to text in the asset"
            + (", or write parquet." if file_format == "csv" else "."),
        )


def _is_writable(field: pa.Field[Any], file_format: str) -> bool:
    """Whether the format knows the type; tried with a null, as some types are refused only when a value comes."""
    import pyarrow as pa
    import pyarrow.csv as pa_csv
    import pyarrow.parquet as pq

    write: Any = pq.write_table if file_format == "parquet" else pa_csv.write_csv
    try:
        write(pa.table({field.name: pa.nulls(1, field.type)}), pa.BufferOutputStream())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return False
    return True


def rows_of_file(file: Path, file_format: str) -> int:
    """The number of rows of a file that `write_file` wrote, counted anew and without a limit of a line's length."""
    if file_format == "parquet":
        import pyarrow.parquet as pq

        return pq.read_metadata(str(file)).num_rows
    lines, is_quoted = 0, False
    with file.open("rb") as text:
        while chunk := text.read(_CHUNK):
            for number, part in enumerate(chunk.split(b'"')):
                is_quoted ^= number > 0
                lines += 0 if is_quoted else part.count(b"\n")
    return max(0, lines - 1)  # the header
