"""Types of a database's columns in Arrow: exact where Arrow has them, text where it has not."""

# pyarrow's stubs leave the type parameters of fields unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dagway.components.arrow_rows import decimal_type

if TYPE_CHECKING:
    import pyarrow as pa
    import sqlalchemy as sa

_MYSQL = {"mysql", "mariadb"}


def arrow_schema(table: sa.Table, dialect: str) -> pa.Schema:
    """The table's columns; `dialect` is SQLAlchemy's name of the database."""
    import pyarrow as pa

    return pa.schema([pa.field(column.name, arrow_type(column.type, dialect)) for column in table.columns])


def arrow_type(found: Any, dialect: str) -> pa.DataType:
    """The type of one column."""
    import pyarrow as pa
    import sqlalchemy as sa

    if dialect in _MYSQL and (own := _mysql_type(found)) is not None:
        return own
    if isinstance(found, sa.Float):
        return pa.float64()
    if isinstance(found, sa.Numeric):
        return decimal_type(found.precision, found.scale)
    if isinstance(found, sa.Integer):
        small = dialect == "postgresql" and not isinstance(found, sa.BigInteger)
        return pa.int32() if small else pa.int64()
    if isinstance(found, sa.DateTime):
        return pa.timestamp("us", tz="UTC") if is_moment(found, dialect) else pa.timestamp("us")
    if isinstance(found, sa.Time):
        return pa.string() if found.timezone else pa.time64("us")
    if _is_binary(found):
        return pa.binary()
    kinds = {sa.Boolean: pa.bool_(), sa.Date: pa.date32()}
    return next((arrow for kind, arrow in kinds.items() if isinstance(found, kind)), pa.string())


def is_moment(found: Any, dialect: str) -> bool:
    """Whether a time column means moments, whatever the clock on the wall: MySQL's `timestamp` does without saying so."""
    import sqlalchemy as sa

    return bool(found.timezone) or (dialect in _MYSQL and isinstance(found, sa.TIMESTAMP))


def _mysql_type(found: Any) -> pa.DataType | None:
    """What MySQL's types mean beyond their names: `tinyint(1)` is its Boolean, an unsigned `bigint` goes beyond 63 bits."""
    import pyarrow as pa
    from sqlalchemy.dialects import mysql

    if isinstance(found, mysql.TINYINT) and found.display_width == 1:
        return pa.bool_()
    if isinstance(found, mysql.BIT):
        return pa.bool_() if found.length in (None, 1) else pa.uint64()
    if isinstance(found, mysql.BIGINT) and found.unsigned:
        return pa.uint64()
    return pa.int32() if isinstance(found, mysql.YEAR) else None


def _is_binary(found: Any) -> bool:
    try:
        return found.python_type is bytes
    except NotImplementedError:
        return False
