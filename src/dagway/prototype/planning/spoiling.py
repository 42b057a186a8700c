"""The statement that makes a table break a check, in DuckDB's words: demo mode's warehouse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from dagway.prototype.model import PlannedCheck


def spoiling(table: str, check: PlannedCheck) -> str | None:
    """The statement, or None for a check that no statement is known to break.

    Args:
        table: `schema.table`, as the plan names it.
    """
    name = quoted(table)
    value: Any = check.value
    match check.kind:
        case "unique":
            return f"insert into {name} select * from {name} limit 1"
        case "not_null":
            return f"update {name} set {column(_first(value))} = null"
        case "row_count":
            return _row_count(name, value)
        case "accepted_values":
            return _accepted_values(name, value)
        case "range":
            return _range(name, value)
        case "relationship":
            *schema, other = str(value["to"]).split("/")
            return f"delete from {quoted('__'.join(schema) + '.' + other)}"
        case "schema":
            return f"alter table {name} rename column {column(next(iter(value)))} to dagway_spoilt"
        case _:
            return None


def quoted(table: str) -> str:
    """`schema.table` with both names quoted."""
    return ".".join(column(part) for part in table.split("."))


def column(name: str) -> str:
    """A name, quoted."""
    return '"' + name.replace('"', '""') + '"'


def _first(columns: Any) -> str:
    return str(columns if isinstance(columns, str) else cast("list[Any]", columns)[0])


def _row_count(name: str, bounds: Mapping[str, Any]) -> str | None:
    if bounds.get("min"):
        return f"delete from {name}"
    if bounds.get("max") is not None:
        return f"insert into {name} select copied.* from {name} as copied, range({bounds['max'] + 1})"
    return None


def _accepted_values(name: str, value: Mapping[str, Any]) -> str | None:
    values: list[Any] = list(value["values"])
    if any(isinstance(item, bool) for item in values):
        return None
    # Numbers beside texts are values of a column of text.
    is_text = any(isinstance(item, str) for item in values)
    other = "'none of the values'" if is_text else str(max(values) + 1)
    return f"update {name} set {column(value['column'])} = {other}"


def _range(name: str, value: Mapping[str, Any]) -> str:
    low, high = value.get("min"), value.get("max")
    if low is not None:
        other = "'0001-01-01'" if isinstance(low, str) else str(low - 1)
    else:
        other = "'9999-12-31'" if isinstance(high, str) else str((high or 0) + 1)
    return f"update {name} set {column(value['column'])} = {other}"
