"""Rows of PostgreSQL as Arrow batches, by COPY: the server's fastest way out, read by Arrow's own CSV reader.

CSV tells a null from an empty text, and needs no driver beside psycopg. The rows never become Python objects, except
for `bytea`.
"""

# pyarrow's stubs leave the type parameters of fields and arrays unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import io
import re
import selectors
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dagway.components.arrow_rows import UNBOUND
from dagway.errors import DagwayError

if TYPE_CHECKING:
    import pyarrow as pa
    import sqlalchemy as sa

_BLOCK = 4 << 20
"""Bytes of one batch: what is held at a time is a few of them."""


class _Stream(io.RawIOBase):
    """What the server sends, as a file. Arrow reads it in a thread of its own; an error is kept, for it is no end of file.

    The rows are taken from the driver's own connection: a row costs a third of what it costs by its `Copy`.
    """

    def __init__(self, connection: Any, patience: float) -> None:
        self.failures: list[Exception] = []
        self.is_over = False
        self._connection = connection
        self._patience = patience
        self._rows = bytearray()
        self._lock = threading.Lock()

    def read(self, size: int = -1, /) -> bytes:
        with self._lock:
            if self.closed:
                raise ValueError("The rows are no longer read.")
            try:
                return self._taken(_BLOCK if size < 0 else size)
            except Exception as error:
                self.failures.append(error)
                raise

    def _taken(self, size: int) -> bytes:
        rows, row_of = self._rows, self._connection.get_copy_data
        while len(rows) < size and not self.is_over:
            taken, row = row_of(1)
            if taken == 0:
                _wait(self._connection, self._patience)
            elif taken > 0:
                # Kept as an object of its own, each row would cost the garbage collector thrice what it costs here.
                rows += row
            else:
                self._end()
        wanted = bytes(memoryview(rows)[:size])
        del rows[:size]
        return wanted

    def _end(self) -> None:
        """Make sure that the server has sent all of the rows."""
        while (result := _answer(self._connection, self._patience)) is not None:
            _refuse(result)
        self.is_over = True

    def is_empty(self) -> bool:
        """Whether there is no row; the first is kept."""
        self._rows[:0] = self.read(1)
        return not self._rows

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        with self._lock:
            super().close()


@contextmanager
def copied(
    connection: sa.Connection, query: sa.Select[*tuple[Any, ...]], schema: pa.Schema, patience: float
) -> Generator[pa.RecordBatchReader]:
    """The rows of a query of a table's columns, in batches.

    Args:
        patience: seconds that the server may send nothing.

    Raises:
        DagwayError: a value has no place in its column's Arrow type.
        psycopg.Error: the connection ended, or the server refuses.
    """
    import psycopg
    import pyarrow as pa

    driver: Any = connection.connection.driver_connection
    connection.exec_driver_sql("set local datestyle to iso")
    connection.exec_driver_sql("set local timezone to 'UTC'")
    compiled = _exact(query).compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    text = f"copy ({compiled}) to stdout (format csv)"
    command = psycopg.ClientCursor(driver).mogrify(text.encode(), compiled.params)
    stream = _Stream(driver.pgconn, patience)
    try:
        driver.pgconn.send_query(command.encode())
        _refuse(_answer(driver.pgconn, patience))
        yield pa.RecordBatchReader.from_batches(schema, _batches(stream, schema))
    finally:
        stream.close()
        if not stream.is_over:
            connection.invalidate()


def _answer(connection: Any, patience: float) -> Any:
    """What the server answers next; None if it has answered everything."""
    while connection.flush():
        _wait(connection, patience, selectors.EVENT_WRITE)
    while connection.is_busy():
        _wait(connection, patience)
    return connection.get_result()


def _wait(connection: Any, patience: float, what: int = selectors.EVENT_READ) -> None:
    """Wait until the server has sent more; the driver itself would wait without an end."""
    from psycopg import errors

    with selectors.DefaultSelector() as selector:
        selector.register(connection.socket, selectors.EVENT_READ | what)
        if not selector.select(patience):
            raise errors.OperationalError(f"The server has sent nothing for {patience:g} s.")
    connection.consume_input()


def _refuse(result: Any) -> None:
    """Raise what the server answered, if that is an error."""
    from psycopg import errors, pq

    if result.status == pq.ExecStatus.FATAL_ERROR:
        raise errors.error_from_result(result)


def _exact(query: sa.Select[*tuple[Any, ...]]) -> sa.Select[*tuple[Any, ...]]:
    """The query with columns cast where the text of a value is not what Arrow reads."""
    import sqlalchemy as sa
    from sqlalchemy.dialects.postgresql import ARRAY, JSONB

    def cast(column: Any) -> Any:
        if isinstance(column.type, ARRAY):
            return sa.cast(sa.func.to_jsonb(column, type_=JSONB), sa.Text)
        unbound = isinstance(column.type, sa.Numeric) and not isinstance(column.type, sa.Float)
        if unbound and not _fits(column.type):
            return sa.cast(column, sa.Numeric(*UNBOUND))
        return column

    return query.with_only_columns(*(cast(column).label(column.name) for column in query.selected_columns))


def _fits(found: Any) -> bool:
    return found.precision is not None and 0 <= (found.scale or 0) <= found.precision <= UNBOUND[0]


def _batches(stream: _Stream, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    try:
        for batch in _parsed(stream, schema):
            yield _with_bytes(batch, schema)
    except Exception as error:
        if stream.failures:
            raise stream.failures[0] from None
        if isinstance(error, pa.ArrowException):
            raise DagwayError(
                f"{_of_column(str(error), schema)}", "Correct it at the source, or read a view that casts it."
            ) from error
        raise


def _parsed(stream: _Stream, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa
    from pyarrow import csv

    if stream.is_empty():
        return
    file: Any = stream
    yield from csv.open_csv(
        file,
        read_options=csv.ReadOptions(column_names=schema.names, block_size=_BLOCK),
        parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=csv.ConvertOptions(
            column_types={
                field.name: pa.string() if pa.types.is_binary(field.type) else field.type for field in schema
            },
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def _with_bytes(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """`bytea` comes as text, two digits a byte."""
    import pyarrow as pa

    columns = [
        pa.array(
            [None if text is None else bytes.fromhex(text[2:]) for text in column.to_pylist()], pa.binary()
        )
        if pa.types.is_binary(field.type)
        else column
        for field, column in zip(schema, batch.columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _of_column(text: str, schema: pa.Schema) -> str:
    match = re.search(r"CSV column #(\d+): (.*)", text, re.DOTALL)
    return f"The column {schema.names[int(match[1])]}: {match[2]}" if match else text
