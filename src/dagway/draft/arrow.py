"""Rows of a database as Arrow, and its types in DuckDB's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow
    from sqlalchemy import Table
    from sqlalchemy.types import TypeEngine


def duckdb_type(declared: TypeEngine[Any]) -> str:
    """A column's type in DuckDB's words, as the database declares it, so that a later row fits as well."""
    from sqlalchemy import types

    match declared:
        case types.Boolean():
            return "BOOLEAN"
        case types.Integer():
            return "BIGINT"
        case types.Float():
            return "DOUBLE"
        case types.Numeric(precision=int(precision), scale=int(scale)) if precision <= 38:
            return f"DECIMAL({precision},{scale})"
        case types.Numeric():
            return "DECIMAL(38,9)"
        case types.DateTime(timezone=zoned):
            return "TIMESTAMP WITH TIME ZONE" if zoned else "TIMESTAMP"
        case types.Date():
            return "DATE"
        case types.Time():
            return "TIME"
        case types.LargeBinary():
            return "BLOB"
        case _:
            return "VARCHAR"


def arrow_table(table: Table, rows: Sequence[Sequence[Any]]) -> pyarrow.Table:
    """The rows as Arrow: types that Arrow does not know, and columns without a value, become text."""
    import pyarrow

    columns = list(zip(*rows, strict=True)) if rows else [() for _ in table.columns]
    arrays = [_array(values) for values in columns]
    return pyarrow.Table.from_arrays(arrays, names=[column.name for column in table.columns])


def _array(values: Sequence[Any]) -> pyarrow.Array[Any]:
    import pyarrow

    try:
        array = pyarrow.array(values)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError, pyarrow.ArrowNotImplementedError, OverflowError):
        return _texts(values)
    if pyarrow.types.is_nested(array.type):
        return _texts(values)
    return array.cast(pyarrow.string()) if pyarrow.types.is_null(array.type) else array


def _texts(values: Sequence[Any]) -> pyarrow.Array[Any]:
    import pyarrow

    return pyarrow.array([None if value is None else str(value) for value in values])
