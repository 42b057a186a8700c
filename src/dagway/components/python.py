"""What a Python asset tells about the frame that it returns."""

# pyarrow's stubs leave the type parameters of fields and arrays unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownLambdaType=false

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import dagster as dg

from dagway.components.metadata import PREVIEW_ROWS, table_metadata
from dagway.components.warehouse.session import Sample

if TYPE_CHECKING:
    import pyarrow as pa


def table_result(
    value: Any,
    started: float | None = None,
    *,
    table: str = "",
    columns: Mapping[str, str | None] | None = None,
) -> dg.MaterializeResult[Any]:
    """A frame with what a materialization tells: rows, columns, a preview and the time it took.

    Args:
        value: a pandas, polars or pyarrow table; the I/O manager stores it.
        started: `time.perf_counter()` when the asset began.
        table: the warehouse table, `schema.name`.
        columns: what the columns mean, by name.
    """
    rows = len(value)
    head = to_arrow(value[:PREVIEW_ROWS] if not hasattr(value, "slice") else value.slice(0, PREVIEW_ROWS))
    names = [(field.name, str(field.type)) for field in head.schema]
    preview = Sample(names, [list(row.values()) for row in head.to_pylist()])
    seconds = 0.0 if started is None else time.perf_counter() - started
    metadata = table_metadata(table, rows, preview, seconds, columns=columns)
    if not table:
        del metadata["dagster/table_name"]
    if started is None:
        del metadata["seconds"]
    return dg.MaterializeResult(value=value, metadata=metadata)


def to_arrow(value: Any) -> pa.Table:
    """A pandas, polars or pyarrow table as pyarrow's.

    Raises:
        TypeError: it is none of them.
    """
    import pyarrow as pa

    if isinstance(value, pa.Table):
        return value
    if hasattr(value, "collect"):  # a lazy frame
        value = value.collect()
    if hasattr(value, "to_arrow"):
        return cast("pa.Table", value.to_arrow())
    if hasattr(value, "iloc"):
        return pa.Table.from_pandas(value, preserve_index=False)
    raise TypeError(f"A {type(value).__name__} is no table: return a pandas, polars or pyarrow one.")


def from_arrow(found: pa.Table, wanted: Any) -> Any:
    """The rows as a frame of the type that is wanted: polars', pyarrow's, or else pandas'."""
    library = getattr(wanted, "__module__", "").partition(".")[0]
    if library == "pyarrow":
        return found
    if library == "polars":
        import polars

        frame: Any = polars.from_arrow(found)
        return frame.lazy() if getattr(wanted, "__name__", "") == "LazyFrame" else frame
    return found.to_pandas()
