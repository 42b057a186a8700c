"""Put rows in a table of any database that SQLAlchemy speaks to, all or none."""

# pyarrow's stubs leave the type parameters of fields and arrays unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownLambdaType=false

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects import mssql, mysql
from sqlalchemy.exc import DBAPIError

from dagway.components.patience import STATEMENT, statement_limit
from dagway.components.warehouse.beside import beside, left_behind
from dagway.components.warehouse.session import split
from dagway.errors import DagwayError

MYSQL = ("mysql", "mariadb")


def write(engine: sa.Engine, table: str, batches: pa.RecordBatchReader, patience: int = STATEMENT) -> int:
    """Make the rows the table's only ones; gives how many the table has then.

    They are first written to a table beside it, so that the table's readers wait for one short transaction only.

    Args:
        patience: seconds that a statement may take on PostgreSQL; the drivers of others have limits of their own.

    Raises:
        DagwayError: the table has other columns.
    """
    schema, name = split(table)
    target = sa.Table(name, sa.MetaData(), *columns_of(batches.schema), schema=schema or None)
    arrived = sa.Table(beside(name), sa.MetaData(), *columns_of(batches.schema), schema=schema or None)
    with _begun(engine, patience) as connection:
        _refuse_other_columns(connection, target, table)
        _sweep(connection, target)
        arrived.create(connection)
    try:
        _fill(engine, arrived, batches, patience)
        with _begun(engine, patience) as connection:
            target.create(connection, checkfirst=True)
            _lock(connection, target)
            connection.execute(sa.delete(target))
            connection.execute(sa.insert(target).from_select(target.columns.keys(), sa.select(arrived)))
    except BaseException:
        # What a server that is gone keeps goes with a later export; why it is gone is what has to be told.
        with suppress(DBAPIError):
            _drop(engine, arrived, patience)
        raise
    _drop(engine, arrived, patience)
    with engine.connect() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(target)).scalar_one())


def _drop(engine: sa.Engine, table: sa.Table, patience: int) -> None:
    with _begun(engine, patience) as connection:
        table.drop(connection)


@contextmanager
def _begun(engine: sa.Engine, patience: int) -> Generator[sa.Connection]:
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(statement_limit(patience))
        if connection.dialect.name in MYSQL:
            # Whatever the server says, a value that does not fit is an error, and no other value.
            connection.exec_driver_sql("set session sql_mode = concat(@@sql_mode, ',STRICT_ALL_TABLES')")
        yield connection


def _fill(engine: sa.Engine, table: sa.Table, batches: pa.RecordBatchReader, patience: int) -> None:
    with _begun(engine, patience) as connection:
        keeps_zone = connection.dialect.name in ("postgresql", "mssql")
        for batch in batches:
            if batch.num_rows:
                connection.execute(sa.insert(table), _rows(batch, keeps_zone))


def _rows(batch: pa.RecordBatch, keeps_zone: bool) -> list[dict[str, Any]]:
    """The rows as Python's values. Where a database keeps no zone with a time, moments are told in UTC."""
    columns = [
        column.cast(pa.timestamp(column.type.unit, "UTC")).cast(pa.timestamp(column.type.unit))
        if isinstance(column.type, pa.TimestampType) and column.type.tz and not keeps_zone
        else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names).to_pylist()


def _lock(connection: sa.Connection, target: sa.Table) -> None:
    """Let writers that overlap follow each other: a delete that waits does not see what the other put in meanwhile.

    MySQL's deletes do see it.
    """
    name, dialect = connection.dialect.identifier_preparer.format_table(target), connection.dialect.name
    if dialect == "postgresql":
        connection.exec_driver_sql(f"lock table {name} in share row exclusive mode")
    if dialect == "mssql":
        connection.exec_driver_sql(f"select count(*) from {name} with (tablockx, holdlock)")


def _sweep(connection: sa.Connection, target: sa.Table) -> None:
    """Drop what exports to the table left that were killed."""
    for name in left_behind(target.name, sa.inspect(connection).get_table_names(schema=target.schema)):
        sa.Table(name, sa.MetaData(), schema=target.schema).drop(connection)


def _refuse_other_columns(connection: sa.Connection, target: sa.Table, table: str) -> None:
    inspector = sa.inspect(connection)
    if not inspector.has_table(target.name, schema=target.schema):
        return
    found = {str(column["name"]) for column in inspector.get_columns(target.name, schema=target.schema)}
    missing = [name for name in target.columns.keys() if name not in found]  # noqa: SIM118
    if missing:
        raise DagwayError(
            f"The table {table} has no column {', '.join(missing)}.",
            "Add it there, or leave it out of the asset.",
        )


def columns_of(schema: pa.Schema) -> list[sa.Column[Any]]:
    """The columns of a table that keeps every value, whatever the database."""
    return [sa.Column(field.name, _sql_type(field.type)) for field in schema]


def _sql_type(arrow_type: pa.DataType) -> sa.types.TypeEngine[Any]:
    types = pa.types
    if isinstance(arrow_type, pa.Decimal128Type):
        return sa.Numeric(arrow_type.precision, arrow_type.scale)
    if isinstance(arrow_type, pa.TimestampType):
        return _moment(with_zone=arrow_type.tz is not None)
    if types.is_nested(arrow_type):
        return sa.JSON()
    if types.is_uint64(arrow_type):
        own = mysql.BIGINT(unsigned=True)
        # SQLite has no decimals: it would make a float of one, and says so of a number that is too large.
        whole = sa.Numeric(20, 0).with_variant(own, *MYSQL)
        return whole.with_variant(sa.BigInteger(), "sqlite")
    if types.is_int64(arrow_type) or types.is_uint32(arrow_type):
        return sa.BigInteger()
    if types.is_integer(arrow_type):
        return sa.Integer()
    kinds = {
        types.is_boolean: sa.Boolean(),
        types.is_floating: sa.Double(),
        types.is_date: sa.Date(),
        types.is_time: sa.Time().with_variant(mysql.TIME(fsp=6), *MYSQL).with_variant(mssql.TIME(6), "mssql"),
        types.is_binary: _bytes(),
        types.is_large_binary: _bytes(),
    }
    return next((found for matches, found in kinds.items() if matches(arrow_type)), _text())


def _moment(*, with_zone: bool) -> sa.types.TypeEngine[Any]:
    """A time to the microsecond, which MySQL rounds to the second unless it is told, and SQL Server to three milliseconds."""
    precise = mssql.DATETIMEOFFSET(6) if with_zone else mssql.DATETIME2(6)
    found = sa.DateTime(timezone=with_zone).with_variant(mysql.DATETIME(fsp=6), *MYSQL)
    return found.with_variant(precise, "mssql")


def _text() -> sa.types.TypeEngine[Any]:
    """A text of any length in any script: MySQL's `text` ends at 64 kB, SQL Server's knows one code page only."""
    return sa.Text().with_variant(mysql.LONGTEXT(), *MYSQL).with_variant(mssql.NVARCHAR(), "mssql")


def _bytes() -> sa.types.TypeEngine[Any]:
    found = sa.LargeBinary().with_variant(mysql.LONGBLOB(), *MYSQL)
    return found.with_variant(mssql.VARBINARY("max"), "mssql")
