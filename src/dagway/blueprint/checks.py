"""Checks by name and in words: the one place that both the plan and the components ask."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from dagway.blueprint.model import AcceptedValues, Check, CheckKind, Range, Relationship, RowCount
from dagway.blueprint.once_each import once_each

_LONGEST = 100


def check_name(check: Check) -> str:
    """The check's own name, its function's, or one made from its kind and columns, such as `not_null_order_id_amount`."""
    if check.name:
        return check.name
    if check.python:
        return check.python.rpartition(":")[2]
    return _word("_".join([check.kind, *_columns(check)]))


def check_names(checks: Iterable[Check]) -> tuple[str, ...]:
    """The names of one asset's checks, in order; a name that stands again gets `_2`, `_3`."""
    return once_each(map(check_name, checks))


def describe(check: Check) -> str:
    """What the check makes sure of, as a sentence; the check's own description if it has one."""
    return check.description or _SENTENCES[check.kind](check.value)


def _columns(check: Check) -> tuple[str, ...]:
    value = check.value
    match value:
        case tuple():
            return value  # pyright: ignore[reportUnknownVariableType]
        case AcceptedValues() | Range() | Relationship():
            return (value.column,)
        case _:
            return ()


def _word(text: str) -> str:
    """Letters, digits and underscores only, as a check's name must be."""
    return re.sub(r"[^A-Za-z0-9_]+", "_", text)[:_LONGEST].strip("_")


def _listed(values: Iterable[object]) -> str:
    return ", ".join(str(value) for value in values)


def _bounds(value: RowCount | Range) -> str:
    if value.min is None:
        return f"at most {value.max}"
    if value.max is None:
        return f"at least {value.min}"
    return f"between {value.min} and {value.max}"


def _unique(columns: tuple[str, ...]) -> str:
    if len(columns) == 1:
        return f"Every value of {columns[0]} occurs once."
    return f"Every combination of {_listed(columns)} occurs once."


def _not_null(columns: tuple[str, ...]) -> str:
    return f"{_listed(columns)} {'is' if len(columns) == 1 else 'are'} never null."


def _relationship(value: Relationship) -> str:
    return f"Every value of {value.column} occurs in {value.to_column or value.column} of {value.to}."


def _schema(value: dict[str, str]) -> str:
    return f"The columns are {_listed(f'{name} {kind}' for name, kind in value.items())}."


_SENTENCES: dict[CheckKind, Callable[[Any], str]] = {
    "unique": _unique,
    "not_null": _not_null,
    "row_count": lambda value: f"The number of rows is {_bounds(value)}.",
    "accepted_values": lambda value: f"{value.column} is one of {_listed(value.values)}.",
    "range": lambda value: f"{value.column} is {_bounds(value)}.",
    "relationship": _relationship,
    "freshness": lambda value: f"The last materialization is at most {value} old.",
    "schema": _schema,
    "sql": lambda _: "The query returns no row.",
    "python": lambda value: f"{value.partition(':')[2]} passes.",
}
