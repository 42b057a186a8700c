"""Put rows in a table of any database that SQLAlchemy speaks to, all or none."""

# pyarrow's stubs leave the type parameters of fields and arrays unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownLambdaType=false

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pyarrow as pa
import sqlalchemy as sa

from dagway.components.warehouse.session import split
from dagway.errors import DagwayError


def write(engine: sa.Engine, table: str, batches: pa.RecordBatchReader) -> int:
    """Make the rows the table's only ones; gives how many the table has then.

    They are first written to a table beside it, so that the table's readers wait for one short transaction only.

    Raises:
        DagwayError: the table has other columns.
    """
    schema, name = split(table)
    target = sa.Table(name, sa.MetaData(), *_columns(batches.schema), schema=schema or None)
    beside = sa.Table(
        f"{name}_{uuid4().hex[:8]}", sa.MetaData(), *_columns(batches.schema), schema=schema or None
    )
    with engine.begin() as connection:
        _refuse_other_columns(connection, target, table)
        beside.create(connection)
    try:
        _fill(engine, beside, batches)
        with engine.begin() as connection:
            target.create(connection, checkfirst=True)
            connection.execute(sa.delete(target))
            connection.execute(sa.insert(target).from_select(target.columns.keys(), sa.select(beside)))
    finally:
        with engine.begin() as connection:
            beside.drop(connection)
    with engine.connect() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(target)).scalar_one())


def _fill(engine: sa.Engine, table: sa.Table, batches: pa.RecordBatchReader) -> None:
    with engine.begin() as connection:
        for batch in batches:
            if batch.num_rows:
                connection.execute(sa.insert(table), batch.to_pylist())


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


def _columns(schema: pa.Schema) -> list[sa.Column[Any]]:
    return [sa.Column(field.name, _sql_type(field.type)) for field in schema]


def _sql_type(arrow_type: pa.DataType) -> sa.types.TypeEngine[Any]:
    types = pa.types
    if isinstance(arrow_type, pa.Decimal128Type):
        return sa.Numeric(arrow_type.precision, arrow_type.scale)
    if isinstance(arrow_type, pa.TimestampType):
        return sa.DateTime(timezone=arrow_type.tz is not None)
    if types.is_nested(arrow_type):
        return sa.JSON()
    if types.is_int64(arrow_type) or types.is_uint32(arrow_type):
        return sa.BigInteger()
    if types.is_integer(arrow_type):
        return sa.Integer()
    kinds = {
        types.is_boolean: sa.Boolean(),
        types.is_floating: sa.Double(),
        types.is_date: sa.Date(),
        types.is_time: sa.Time(),
        types.is_binary: sa.LargeBinary(),
    }
    return next((found for matches, found in kinds.items() if matches(arrow_type)), sa.Text())
