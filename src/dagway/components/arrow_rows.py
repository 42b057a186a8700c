"""Rows of a database driver as Arrow batches of exact types."""

# pyarrow's stubs leave the type parameters of fields and arrays unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownLambdaType=false

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING, Any, cast

from dagway.errors import DagwayError

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 50_000
UNBOUND = (38, 18)
"""Precision and scale of a numeric column that declares none: what lies beyond 18 decimal places is rounded."""
_WIDEST = Context(prec=76, rounding=ROUND_HALF_EVEN)


def decimal_type(precision: int | None, scale: int | None) -> pa.DataType:
    """The Arrow type of a numeric column."""
    import pyarrow as pa

    if precision is None or precision > UNBOUND[0] or scale is None or scale < 0 or scale > precision:
        return pa.decimal128(*UNBOUND)
    return pa.decimal128(precision, scale)


def reader(schema: pa.Schema, chunks: Iterable[Sequence[Sequence[Any]]]) -> pa.RecordBatchReader:
    """Chunks of rows as a reader.

    Raises:
        DagwayError: while reading, when a value does not fit its column's type.
    """
    import pyarrow as pa

    def batches() -> Iterator[pa.RecordBatch]:
        for rows in chunks:
            columns = zip(*rows, strict=True) if rows else ((),) * len(schema)
            arrays = [_array(field, values) for field, values in zip(schema, columns, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _array(field: pa.Field[Any], values: Iterable[Any]) -> pa.Array[Any]:
    import pyarrow as pa

    convert = _converter(field.type)
    try:
        return pa.array([None if value is None else convert(value) for value in values], type=field.type)
    except (pa.ArrowException, ArithmeticError, TypeError, ValueError) as error:
        raise DagwayError(
            f"The column {field.name} has a value that is no {field.type}: {error}",
            "Correct it at the source, or read a view that casts it.",
        ) from error


def _converter(arrow_type: pa.DataType) -> Any:
    import pyarrow as pa

    if pa.types.is_string(arrow_type):
        return _text
    if pa.types.is_binary(arrow_type):
        return bytes
    if pa.types.is_boolean(arrow_type):
        return _flag
    if pa.types.is_uint64(arrow_type):
        return _whole
    if isinstance(arrow_type, pa.Decimal128Type):
        step = Decimal(1).scaleb(-arrow_type.scale)
        return lambda value: Decimal(value).quantize(step, context=_WIDEST)
    return lambda value: value


def _whole(value: Any) -> int:
    """A number; bits come as bytes."""
    return int.from_bytes(value) if isinstance(value, bytes) else value


def _flag(value: Any) -> bool:
    """A truth value; where a database has numbers for it, others than 0 and 1 would be lost."""
    number = _whole(value)
    if number not in (0, 1):
        raise ValueError(f"{value!r} is neither 0 nor 1")
    return bool(number)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, set):
        return ",".join(sorted(cast("set[str]", value)))
    if isinstance(value, dict | list):
        return json.dumps(cast("object", value), default=str, ensure_ascii=False)
    return str(value)
