"""What a materialization tells: rows, columns, a preview, the query, the time it took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from dagway.components.warehouse.session import Sample

PREVIEW_ROWS = 10
_WIDEST = 80

Lineage = Mapping[str, Sequence[tuple[tuple[str, ...], str]]]


def markdown_table(sample: Sample) -> str:
    """The rows as a Markdown table; long values are cut, and what would break a cell is escaped."""
    names = [_cell(name) for name, _ in sample.columns]
    lines = [names, ["---"] * len(names), *([_cell(value) for value in row] for row in sample.rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: Any) -> str:
    text = "" if value is None else str(value).replace("\r", " ").replace("\n", " ").replace("|", "\\|")
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def table_metadata(
    table: str,
    rows: int,
    preview: Sample,
    seconds: float,
    *,
    query: str | None = None,
    columns: Mapping[str, str | None] | None = None,
    lineage: Lineage | None = None,
) -> dict[str, Any]:
    """The metadata of one materialized table.

    Args:
        columns: what the columns mean, by name.
        lineage: the upstream columns, asset key and name, that each column is made from.
    """
    described = columns or {}
    schema = [dg.TableColumn(name, sql_type, described.get(name)) for name, sql_type in preview.columns]
    found: dict[str, Any] = {
        "dagster/table_name": table,
        "dagster/row_count": rows,
        "dagster/column_schema": dg.TableSchema(schema),
        "preview": dg.MetadataValue.md(markdown_table(preview)),
        "seconds": round(seconds, 4),
    }
    if query is not None:
        found["query"] = dg.MetadataValue.md(f"```sql\n{query.strip()}\n```")
    if lineage:
        found["dagster/column_lineage"] = _column_lineage(lineage)
    return found


def _column_lineage(lineage: Lineage) -> dg.TableColumnLineage:
    return dg.TableColumnLineage(
        {
            column: [dg.TableColumnDep(dg.AssetKey(key), name) for key, name in sources]
            for column, sources in lineage.items()
        }
    )
