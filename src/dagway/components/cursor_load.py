"""A load that goes on by a cursor: how YAML describes it, and what came since the last one put in its place."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field

from dagway.components.attributes import Attributes
from dagway.components.cursor import Cursor, Since
from dagway.components.table_step import Loaded
from dagway.components.warehouse import Session
from dagway.components.warehouse.merge import merge
from dagway.errors import DagwayError

if TYPE_CHECKING:
    import pyarrow as pa


class CursorAttributes(dg.Model):
    """Only rows beyond those that are there are read, and each takes the place of the one with its key."""

    column: str = Field(
        description="A date, time or number that grows whenever a row is written, such as `updated_at`."
    )
    key: str | list[str] = Field(description="The columns that tell the rows apart.")
    lookback: str | None = Field(
        default=None,
        description="Time before the newest row that is read again, `1h`: as long as a transaction of the source may take.",
    )


def refuse_partitions(name: str, table: Attributes, cursor: Mapping[str, Any] | None) -> None:
    """See that a table with a cursor has no partitions.

    Raises:
        DagwayError: it has both.
    """
    if cursor and (table.partitions or table.incremental):
        raise DagwayError(
            f"{name} has a cursor and partitions.",
            "A partition replaces its rows, a cursor goes on from the last ones: leave one of them out.",
        )


def merged(
    session: Session, table: str, batches: "pa.RecordBatchReader", cursor: Cursor, begin: Since | None
) -> Loaded:
    """Put in its place what was read from `begin` on; None is the beginning.

    Raises:
        DagwayError: the rows do not fit the table, or the cursor's key is none; the table is as it was.
    """
    found = merge(session, table, batches, cursor.key)
    read_from = "the beginning" if begin is None else str(begin.mark)
    return Loaded(metadata={**found.metadata(), "read_from": read_from})
