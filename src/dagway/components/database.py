"""A source or target database as a resource: its rows as Arrow batches, in and out."""

# pyarrow's stubs leave the type parameters of fields and arrays unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownLambdaType=false

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field

from dagway.components.arrow_rows import BATCH, decimal_type, reader
from dagway.components.partitions import Part, condition, kind_of_type
from dagway.components.warehouse.session import quoted, split
from dagway.errors import DagwayError

if TYPE_CHECKING:
    import pyarrow as pa
    import sqlalchemy as sa

_DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
    "mssql": "mssql+pyodbc",
}


class Database(dg.ConfigurableResource[object]):
    """A database that tables come from or go to; SQLAlchemy speaks to it, and DuckDB's own driver to DuckDB."""

    url: str = Field(description="`postgresql://user:password@host:5432/database`, from `EnvVar`.")
    integration: str = Field(default="", description="What it is, such as `postgres`.")

    @contextmanager
    def read(self, table: str, part: Part | None = None) -> Generator[pa.RecordBatchReader]:
        """The rows of a table, `name` or `schema.name`, in batches; only those of the part, if one is given.

        Raises:
            DagwayError: the database or the table cannot be read; the password is not in the message.
        """
        if path := _duckdb_file(self.url):
            with _read_duckdb(path, table, part) as batches:
                yield batches
            return
        import sqlalchemy as sa

        engine = self._engine()
        try:
            with self._clear_errors(sa), engine.connect() as connection:
                found = _reflected(sa, connection, table)
                query = (
                    sa.select(found) if part is None else sa.select(found).where(_of_part(sa, found, part))
                )
                schema = _arrow_schema(sa, found, engine.dialect.name)
                rows = connection.execution_options(yield_per=BATCH).execute(query)
                yield reader(schema, _partitions(rows))
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

        engine = self._engine()
        try:
            with self._clear_errors(sa):
                return write(engine, table, batches)
        finally:
            engine.dispose()

    def _engine(self) -> sa.Engine:
        import sqlalchemy as sa
        from sqlalchemy.exc import ArgumentError, NoSuchModuleError

        scheme, found, rest = self.url.partition("://")
        try:
            return sa.create_engine(f"{_DRIVERS.get(scheme, scheme)}{found}{rest}")
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
            raise DagwayError(
                f"{self.masked}: {self._without_password(str(error.orig))}",
                "Check that the database runs, and the address, user, password and rights.",
            ) from None

    def _without_password(self, text: str) -> str:
        match = re.search(r"://[^:/@]*:(.*)@", self.url)
        first = " ".join(text.split())
        return first.replace(match[1], "***") if match and match[1] else first


def _duckdb_file(url: str) -> str | None:
    if url.startswith("duckdb:///"):
        return url.removeprefix("duckdb:///")
    return url if "://" not in url and url.endswith((".duckdb", ".db", ".ddb")) else None


@contextmanager
def _read_duckdb(path: str, table: str, part: Part | None) -> Generator[pa.RecordBatchReader]:
    import duckdb

    from dagway.components.warehouse.duckdb_session import session

    with session(path, 20) as opened:
        columns = {name.lower(): sql_type for name, sql_type in opened.columns(table)}
        if not columns:
            raise DagwayError(f"{path} has no table {table}.", "Check the table's name and schema.")
        where = ""
        if part is not None:
            kind = kind_of_type(columns.get(part.column.lower(), ""))
            where = f" where {condition(part, kind, quoted(part.column, 'duckdb'))}"
        try:
            yield opened.batches(f"select * from {opened.name(table)}{where}")
        except duckdb.Error as error:
            raise DagwayError(f"{path}: {error}", "Check the table.") from error


def _reflected(sa: Any, connection: sa.Connection, table: str) -> sa.Table:
    schema, name = split(table)
    return sa.Table(name, sa.MetaData(), schema=schema or None, autoload_with=connection, resolve_fks=False)


def _partitions(rows: sa.CursorResult[Any]) -> Iterator[Sequence[Sequence[Any]]]:
    yield from rows.partitions()


def _of_part(sa: Any, table: sa.Table, part: Part) -> Any:
    column: Any = table.columns.get(part.column)
    if column is None:
        raise DagwayError(
            f"{table.name} has no column {part.column!r}, which `incremental` names.",
            f"Its columns are {', '.join(table.columns.keys())}.",
        )
    if part.window is None:
        return sa.cast(column, sa.String(255)).in_(part.names)
    start, end = part.window
    # A day is the midnight that it begins with. A text is compared by its days, and the warehouse takes what is the part's.
    if isinstance(column.type, sa.String):
        return (column >= start.date().isoformat()) & (column < _next_midnight(end).isoformat())
    if isinstance(column.type, sa.DateTime) and column.type.timezone:
        return (column >= start) & (column < end)
    if isinstance(column.type, sa.Date):
        return (column >= _next_midnight(start)) & (column < _next_midnight(end))
    return (column >= start.replace(tzinfo=None)) & (column < end.replace(tzinfo=None))


def _next_midnight(moment: dt.datetime) -> dt.date:
    """The first day whose midnight is not before the moment."""
    day = moment.date()
    return day if moment.time() == dt.time() else day + dt.timedelta(days=1)


def _arrow_schema(sa: Any, table: sa.Table, dialect: str) -> pa.Schema:
    import pyarrow as pa

    return pa.schema(
        [pa.field(column.name, _arrow_type(sa, column.type, dialect)) for column in table.columns]
    )


def _arrow_type(sa: Any, found: Any, dialect: str) -> pa.DataType:
    import pyarrow as pa

    if isinstance(found, sa.Float):
        return pa.float64()
    if isinstance(found, sa.Numeric):
        return decimal_type(found.precision, found.scale)
    if isinstance(found, sa.Integer):
        small = dialect == "postgresql" and not isinstance(found, sa.BigInteger)
        return pa.int32() if small else pa.int64()
    if isinstance(found, sa.DateTime):
        return pa.timestamp("us", tz="UTC") if found.timezone else pa.timestamp("us")
    kinds = {
        sa.Boolean: pa.bool_(),
        sa.Date: pa.date32(),
        sa.Time: pa.time64("us"),
        sa.LargeBinary: pa.binary(),
    }
    return next((arrow for kind, arrow in kinds.items() if isinstance(found, kind)), pa.string())
