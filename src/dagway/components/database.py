"""A source or target database as a resource: its rows as Arrow batches, in and out."""

# pyarrow's stubs leave the type parameters of fields and arrays unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownLambdaType=false

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field

from dagway.components.arrow_rows import BATCH, reader
from dagway.components.cursor import Since
from dagway.components.database_engine import DRIVERS, connected, engine_of
from dagway.components.database_rows import Wanted, as_floats, condition_of
from dagway.components.database_types import arrow_schema
from dagway.components.partitions import Part, condition, kind_of_type
from dagway.components.patience import (
    ANSWER,
    ANSWER_TEXT,
    CONNECT,
    CONNECT_TEXT,
    STATEMENT,
    Waits,
    statement_limit,
)
from dagway.components.warehouse.session import quoted, split
from dagway.errors import DagwayError

if TYPE_CHECKING:
    import pyarrow as pa
    import sqlalchemy as sa


class Database(dg.ConfigurableResource[object]):
    """A database that tables come from or go to; SQLAlchemy speaks to it, and DuckDB's own driver to DuckDB."""

    url: str = Field(description="`postgresql://user:password@host:5432/database`, from `EnvVar`.")
    integration: str = Field(default="", description="What it is, such as `postgres`.")
    connect_timeout: int = Field(default=CONNECT, description=CONNECT_TEXT, ge=1)
    answer_timeout: int = Field(default=ANSWER, description=ANSWER_TEXT, ge=1)
    statement_timeout: int = Field(
        default=STATEMENT,
        description="Seconds that counting and writing may take on PostgreSQL, where the server does not say.",
        ge=1,
    )

    @contextmanager
    def read(self, table: str, wanted: Wanted = None) -> Generator[pa.RecordBatchReader]:
        """The rows of a table, `name` or `schema.name`, in batches; only those of the part or from the mark on, if asked.

        Raises:
            DagwayError: the database or the table cannot be read; the password is not in the message.
        """
        if path := _duckdb_file(self.url):
            with _read_duckdb(path, table, wanted) as batches:
                yield batches
            return
        import sqlalchemy as sa

        with self._connected(self.answer_timeout) as connection:
            found, dialect = _reflected(sa, connection, table), connection.dialect.name
            query = sa.select(found)
            if wanted is not None:
                query = query.where(condition_of(found, wanted, dialect))
            with read_rows(connection, query, arrow_schema(found, dialect), self.answer_timeout) as batches:
                yield batches

    def count(self, table: str) -> int:
        """How many rows a table has.

        Raises:
            DagwayError: the database or the table cannot be read; the password is not in the message.
        """
        if path := _duckdb_file(self.url):
            return _count_duckdb(path, table)
        import sqlalchemy as sa

        with self._connected(self._statement_patience) as connection:
            found = _reflected(sa, connection, table)
            if connection.dialect.driver == "psycopg":
                connection.exec_driver_sql(statement_limit(self.statement_timeout))
            return int(connection.execute(sa.select(sa.func.count()).select_from(found)).scalar_one())

    @contextmanager
    def _connected(self, patience: int) -> Generator[sa.Connection]:
        """A connection; times that are moments come as UTC.

        Args:
            patience: seconds that a PostgreSQL server may send nothing.
        """
        import sqlalchemy as sa

        engine = self._engine(patience)
        try:
            with self._clear_errors(sa), connected(engine) as connection:
                yield connection
        finally:
            engine.dispose()

    def write(self, table: str, batches: pa.RecordBatchReader) -> int:
        """Make the rows the table's only ones, in one transaction; gives how many the table has then.

        Raises:
            DagwayError: the database refuses, or the table has other columns; it is as it was.
        """
        if path := _duckdb_file(self.url):
            from dagway.components.warehouse.duckdb_session import session

            with session(path, 20) as opened:
                opened.replace(table, batches)
                return int(opened.scalar(f"select count(*) from {opened.name(table)}"))
        import sqlalchemy as sa

        from dagway.components.database_write import write

        engine = self._engine(self._statement_patience)
        try:
            with self._clear_errors(sa):
                return write(engine, table, batches, self.statement_timeout)
        finally:
            engine.dispose()

    @property
    def _statement_patience(self) -> int:
        """Seconds until an answer to a statement: the server gives up first, if it can."""
        return self.statement_timeout + self.connect_timeout

    def _engine(self, patience: int) -> sa.Engine:
        import sqlalchemy as sa
        from sqlalchemy.exc import ArgumentError, NoSuchModuleError

        scheme, found, rest = self.url.partition("://")
        try:
            url = sa.make_url(f"{DRIVERS.get(scheme, scheme)}{found}{rest}")
            return engine_of(url, Waits(self.connect_timeout, self.answer_timeout), patience)
        except (ArgumentError, NoSuchModuleError, ValueError):
            raise DagwayError(
                f"{self.masked} is no database address.", "Write postgresql://user:password@host:5432/name."
            ) from None
        except ModuleNotFoundError as error:
            raise DagwayError(
                f"A {scheme} database needs the Python package {error.name}.", f"Install {error.name}."
            ) from error

    @property
    def masked(self) -> str:
        """The address without its password."""
        return re.sub(r"(://[^:/@]*):.*@", r"\1:***@", self.url)

    @contextmanager
    def _clear_errors(self, sa: Any) -> Generator[None]:
        try:
            yield
        except sa.exc.NoSuchTableError as error:
            raise DagwayError(
                f"{self.masked} has no table {error}.",
                "Check the table's name and schema, and the user's rights.",
            ) from None
        except sa.exc.DBAPIError as error:
            raise self._unreachable(error.orig) from None
        except Exception as error:
            # COPY speaks to the driver itself.
            if not type(error).__module__.startswith("psycopg"):
                raise
            raise self._unreachable(error) from None

    def _unreachable(self, error: BaseException | None) -> DagwayError:
        return DagwayError(
            f"{self.masked}: {self._without_password(str(error))}",
            "Check that the database runs, and the address, user, password and rights.",
        )

    def _without_password(self, text: str) -> str:
        match = re.search(r"://[^:/@]*:(.*)@", self.url)
        first = " ".join(text.split())
        return first.replace(match[1], "***") if match and match[1] else first


def _duckdb_file(url: str) -> str | None:
    if url.startswith("duckdb:///"):
        return url.removeprefix("duckdb:///")
    return url if "://" not in url and url.endswith((".duckdb", ".db", ".ddb")) else None


@contextmanager
def read_rows(
    connection: sa.Connection, query: sa.Select[*tuple[Any, ...]], schema: pa.Schema, patience: float
) -> Generator[pa.RecordBatchReader]:
    """The rows of a query of a table's columns, in batches.

    Args:
        patience: seconds that the server may send nothing.

    Raises:
        DagwayError: a value does not fit its column's type.
    """
    if connection.dialect.driver == "psycopg" and len(schema):
        from dagway.components.postgres_copy import copied

        with copied(connection, query, schema, patience) as batches:
            yield batches
        return
    rows = connection.execution_options(yield_per=BATCH).execute(as_floats(query))
    try:
        yield reader(schema, _partitions(rows))
    finally:
        if not connection.invalidated:
            rows.close()


@contextmanager
def _read_duckdb(path: str, table: str, wanted: Wanted) -> Generator[pa.RecordBatchReader]:
    import duckdb

    from dagway.components.warehouse.duckdb_session import session

    with session(path, 20) as opened:
        columns = {name.lower(): sql_type for name, sql_type in opened.columns(table)}
        if not columns:
            raise DagwayError(f"{path} has no table {table}.", "Check the table's name and schema.")
        where = "" if wanted is None else f" where {_duckdb_condition(wanted, columns)}"
        try:
            yield opened.batches(f"select * from {opened.name(table)}{where}")
        except duckdb.Error as error:
            raise DagwayError(f"{path}: {error}", "Check the table.") from error


def _count_duckdb(path: str, table: str) -> int:
    from dagway.components.warehouse.duckdb_session import session

    with session(path, 20) as opened:
        if not opened.exists(table):
            raise DagwayError(f"{path} has no table {table}.", "Check the table's name and schema.")
        return int(opened.scalar(f"select count(*) from {opened.name(table)}"))


def _duckdb_condition(wanted: Part | Since, columns: Mapping[str, str]) -> str:
    column, sql_type = quoted(wanted.column, "duckdb"), columns.get(wanted.column.lower(), "")
    if isinstance(wanted, Since):
        return f"{column} >= cast('{wanted.mark}' as {sql_type or 'varchar'}) or {column} is null"
    return condition(wanted, kind_of_type(sql_type), column)


def _reflected(sa: Any, connection: sa.Connection, table: str) -> sa.Table:
    schema, name = split(table)
    try:
        return _table(sa, connection, schema, name)
    except sa.exc.NoSuchTableError:
        if not schema or not sa.inspect(connection).has_table(table):
            raise
        # The dot is the name's own.
        return _table(sa, connection, "", table)


def _table(sa: Any, connection: sa.Connection, schema: str, name: str) -> sa.Table:
    return sa.Table(name, sa.MetaData(), schema=schema or None, autoload_with=connection, resolve_fks=False)


def _partitions(rows: sa.CursorResult[Any]) -> Iterator[Sequence[Sequence[Any]]]:
    yield from rows.partitions()
