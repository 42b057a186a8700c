"""DuckDB: one connection for each database file and process, and sessions as cursors of it.

A DuckDB file belongs to one process at a time. Whoever comes second waits a while, then says which file is taken.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb

from dagway.components.warehouse.change import refuse_loss
from dagway.components.warehouse.session import Columns, Sample, Session, quoted, split
from dagway.errors import DagwayError

if TYPE_CHECKING:
    import pyarrow as pa

# What Dagster's own DuckDB resources connect with: one process cannot open a file with two configurations.
CONFIG: dict[str, str | bool | int | float | list[str]] = {"custom_user_agent": "dagster"}
BATCH = 100_000
_NO_FILE = ("md:", ":memory:")


@dataclass
class Shared:
    """The one connection of this process with a file, and how many use it."""

    database: str
    patience: float
    users: int = 0
    schemas: set[str] = field(default_factory=set[str])
    _open: duckdb.DuckDBPyConnection | None = None

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The connection, opened when it is asked for."""
        if self._open is None:
            self._open = _connected(self.database, self.patience)
        return self._open

    def close(self) -> None:
        """Let other processes have the file; what they do to its schemas is not known here."""
        if self._open is not None:
            self._open.close()
        self._open = None
        self.schemas.clear()


T = TypeVar("T")
_lock = threading.RLock()
_shared: dict[tuple[int, str], Shared] = {}


def acquire(database: str, patience: float) -> Shared:
    """The connection of this process with a file, opened if it is not.

    Args:
        patience: seconds to wait while another process holds the file.

    Raises:
        DagwayError: another process holds it still, or it cannot be opened.
    """
    with _lock:
        key = (os.getpid(), database)
        shared = _shared.get(key) or Shared(database, patience)
        _ = shared.connection
        shared.users += 1
        return _shared.setdefault(key, shared)


def release(database: str) -> None:
    """Give the connection back; the last one closes it, so that other processes can have the file."""
    with _lock:
        key = (os.getpid(), database)
        shared = _shared[key]
        shared.users -= 1
        if not shared.users:
            del _shared[key]
            shared.close()


def lend() -> None:
    """Let other processes have the files that this one holds and does not use; the next session opens them anew."""
    with _lock:
        for (process, database), shared in _shared.items():
            if process == os.getpid() and not database.startswith(_NO_FILE):
                shared.close()


@contextmanager
def session(database: str, patience: float) -> Generator[DuckDBSession]:
    """A session with a file."""
    shared = acquire(database, patience)
    try:
        opened = DuckDBSession(shared.connection.cursor(), shared.schemas)
        try:
            yield opened
        finally:
            opened.close()
    finally:
        release(database)


def _connected(database: str, patience: float) -> duckdb.DuckDBPyConnection:
    if not database.startswith(_NO_FILE):
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    return patiently(database, patience, lambda: duckdb.connect(database, config=CONFIG))


def patiently(database: str, patience: float, connect: Callable[[], T]) -> T:
    """What `connect` gives, tried again for some seconds while another process holds the file.

    Raises:
        DagwayError: it holds it for longer, or the file cannot be opened.
    """
    deadline, pause = time.monotonic() + patience, 0.05
    while True:
        try:
            return connect()
        except duckdb.IOException as error:
            if "lock" not in str(error).lower():
                raise DagwayError(f"DuckDB cannot open {database}: {error}", "Check the path.") from error
            if time.monotonic() + pause > deadline:
                raise DagwayError(
                    f"Another process holds the DuckDB file {database}: {error}",
                    f"End it or let it finish, then run again; waited {patience:g} s.",
                ) from error
        except duckdb.Error as error:
            raise DagwayError(f"DuckDB cannot open {database}: {error}", "Check the file.") from error
        time.sleep(pause)
        pause = min(pause * 1.5, 1.0)


class DuckDBSession(Session):
    """A cursor of the process's connection."""

    dialect = "duckdb"
    errors = (duckdb.Error,)

    def __init__(self, cursor: duckdb.DuckDBPyConnection, schemas: set[str]) -> None:
        self.cursor = cursor
        self._schemas = schemas
        self._readers: list[pa.RecordBatchReader] = []

    def close(self) -> None:
        """End it, and whatever still reads of it.

        A reader that a traceback keeps, say, keeps the database alive when its connection is closed, and DuckDB would wait
        for its end for ever when this process opens the file again.
        """
        with closing(self.cursor):
            for one in self._readers:
                one.close()

    def execute(self, sql: str) -> None:
        self.cursor.execute(sql).fetchall()

    def query(self, sql: str) -> pa.Table:
        return self.cursor.sql(sql).to_arrow_table()

    def batches(self, sql: str) -> pa.RecordBatchReader:
        relation: Any = self.cursor.sql(sql)
        read = getattr(relation, "to_arrow_reader", None) or relation.fetch_record_batch
        found: pa.RecordBatchReader = read(BATCH)
        self._readers.append(found)
        return found

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.cursor.execute(sql).fetchall()

    def sample(self, sql: str, limit: int) -> Sample:
        result = self.cursor.execute(f"select * from ({sql}\n) limit {limit}")
        columns = [(str(column[0]), str(column[1])) for column in result.description or ()]
        return Sample(columns, result.fetchall())

    def columns(self, table: str) -> Columns:
        try:
            result = self.cursor.execute(f"select * from {self.name(table)} limit 0")
        except duckdb.CatalogException:
            return []
        columns = [(str(column[0]), str(column[1])) for column in result.description or ()]
        result.fetchall()
        return columns

    def create_table(self, table: str, sql: str, where: str | None = None) -> None:
        self._make_schema(table)
        if where is None or not self.is_table(table):
            only = "" if where is None else f" where {where}"
            self._make("table", table, f"select * from ({sql}\n) as new_rows{only}" if only else f"{sql}\n")
            return
        with self.transaction():
            self._replace_rows(table, f"({sql}\n)", where)

    def create_view(self, table: str, sql: str) -> None:
        self._make_schema(table)
        self._make("view", table, f"{sql}\n")

    def replace(self, table: str, batches: pa.RecordBatchReader, where: str | None = None) -> None:
        self._make_schema(table)
        failures: list[Exception] = []
        self.cursor.register("dagway_batches", watched(batches, failures))
        try:
            if where is None or not self.is_table(table):
                only = "" if where is None else f" where {where}"
                self._make("table", table, f"select * from dagway_batches{only}")
                return
            # A failing batch must not end the transaction half way: the rows are read before it begins.
            self.execute("create or replace temp table dagway_new as select * from dagway_batches")
            with self.transaction():
                self._replace_rows(table, "dagway_new", where)
            self.execute("drop table dagway_new")
        except duckdb.Error:
            if failures:
                raise failures[0] from None
            raise
        finally:
            self.cursor.unregister("dagway_batches")

    def _replace_rows(self, table: str, rows: str, where: str) -> None:
        new = self.sample(f"select * from {rows} as new_rows", 0).columns
        refuse_loss(self, table, self.columns(table), new, rows, where)
        self.execute(f"delete from {self.name(table)} where {where}")
        self.execute(f"insert into {self.name(table)} by name select * from {rows} where {where}")

    def _make(self, kind: str, table: str, query: str) -> None:
        statement = f"create or replace {kind} {self.name(table)} as {query}"
        try:
            self.execute(statement)
        except duckdb.CatalogException as error:
            if "is of type" not in str(error):
                raise
            # It was a view and becomes a table, or the other way round.
            with self.transaction():
                self.execute(f"drop {'view' if kind == 'table' else 'table'} {self.name(table)}")
                self.execute(statement)

    def _make_schema(self, table: str) -> None:
        schema, _ = split(table)
        if schema and schema not in self._schemas:
            self.execute(f"create schema if not exists {quoted(schema, self.dialect)}")
            self._schemas.add(schema)


def watched(batches: pa.RecordBatchReader, failures: list[Exception]) -> pa.RecordBatchReader:
    """The same batches; an error while reading them is kept, which DuckDB would only tell as text."""
    import pyarrow as pa

    def read() -> Iterator[pa.RecordBatch]:
        try:
            yield from batches
        except Exception as error:
            failures.append(error)
            raise

    return pa.RecordBatchReader.from_batches(batches.schema, read())
