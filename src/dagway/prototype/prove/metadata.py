"""Reads what a materialization or a check recorded: Dagster's metadata values as plain data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dagster import MarkdownMetadataValue, MetadataValue, TableColumn, TableSchema

from dagway.prototype.prove.model import Column, Preview

_CELL = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"^:?-+:?$")
_CODE = re.compile(r"```\w*\n(.*)\n```", re.DOTALL)
_LONGEST = 500

Metadata = Mapping[str, MetadataValue[Any]]


def number(metadata: Metadata, name: str) -> float | None:
    """A number by its name; None where it is missing or no number."""
    value = metadata[name].value if name in metadata else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def row_count(metadata: Metadata) -> int | None:
    """The rows that the materialization counted."""
    rows = number(metadata, "dagster/row_count")
    return None if rows is None else int(rows)


def columns(metadata: Metadata) -> tuple[Column, ...]:
    """The column schema that the materialization recorded."""
    schema: object = metadata["dagster/column_schema"].value if "dagster/column_schema" in metadata else None
    return tuple(_column(item) for item in schema.columns) if isinstance(schema, TableSchema) else ()


def _column(column: TableColumn) -> Column:
    return Column(column.name, column.type, column.description)


def text(metadata: Metadata, *names: str) -> str | None:
    """The first of the named values that is there, as text."""
    return next((str(metadata[name].value) for name in names if name in metadata), None)


def preview(metadata: Metadata) -> Preview | None:
    """The markdown table under `preview` as cells; None where there is none."""
    lines = [line.strip() for line in (text(metadata, "preview") or "").splitlines()]
    rows = [_cells(line) for line in lines if line.startswith("|") and line.endswith("|")]
    rows = [row for row in rows if not all(_RULE.match(cell) for cell in row)]
    return Preview(rows[0], tuple(rows[1:])) if rows else None


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip().replace("\\|", "|") for cell in _CELL.split(line[1:-1]))


def plain(metadata: Metadata) -> dict[str, Any]:
    """Metadata as JSON's own types, long values cut."""
    return {name: _plain(_unfenced(value)) for name, value in metadata.items()}


def _unfenced(value: MetadataValue[Any]) -> Any:
    """The value; of Markdown that is one block of code, such as a check's query, the code."""
    code = (
        _CODE.fullmatch(value.value.strip())
        if isinstance(value, MarkdownMetadataValue) and value.value
        else None
    )
    return code[1] if code else value.value


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    shown = str(value)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]} …"
