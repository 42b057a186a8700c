"""What a check asks, as SQL: how many rows break it, and which. Pure: text in, text out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dagway.components.warehouse.session import quoted

if TYPE_CHECKING:
    from dagway.blueprint.model import AcceptedValues, Check, Range, Relationship, RowCount

SAMPLE_ROWS = 5


@dataclass(frozen=True)
class Question:
    """`violations` is a query of one number; `sample` shows rows that break the check, None where none can."""

    violations: str
    sample: str | None = None


@dataclass(frozen=True)
class Asked:
    """The table that is asked.

    Attributes:
        table: its name in quotes.
        table_of: the quoted table of another asset, by its key's text.
        translated: a query of the blueprint in the warehouse's words.
    """

    table: str
    dialect: str
    table_of: Callable[[str], str]
    translated: Callable[[str], str]

    def column(self, name: str) -> str:
        return quoted(name, self.dialect)


def question(check: Check, asked: Asked) -> Question:
    """What a check of one of the kinds that SQL answers asks."""
    match check.kind:
        case "unique":
            return _unique(check.value, asked)
        case "not_null":
            missing = " or ".join(f"{asked.column(name)} is null" for name in check.value)
            return _rows(asked.table, missing)
        case "row_count":
            return _row_count(check.value, asked)
        case "accepted_values":
            return _accepted_values(check.value, asked)
        case "range":
            return _range(check.value, asked)
        case "relationship":
            return _relationship(check.value, asked)
        case "sql":
            rows = f"({asked.translated(check.value)}\n) as broken"
            return Question(f"select count(*) from {rows}", f"select * from {rows} limit {SAMPLE_ROWS}")
        case _:
            raise AssertionError(f"{check.kind} is not answered by SQL")


def literal(value: Any) -> str:
    """A value as SQL; a date is text, which every warehouse compares as the column's type."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return "'" + str(value).replace("'", "''") + "'"


def _rows(table: str, broken: str, alias: str = "") -> Question:
    source = f"from {table}{alias} where {broken}"
    return Question(f"select count(*) {source}", f"select * {source} limit {SAMPLE_ROWS}")


def _unique(columns: tuple[str, ...], asked: Asked) -> Question:
    """Each row beyond the first with the same values counts. Rows that are null in all the columns do not."""
    names = ", ".join(asked.column(name) for name in columns)
    given = " or ".join(f"{asked.column(name)} is not null" for name in columns)
    groups = f"from {asked.table} where {given} group by {names} having count(*) > 1"
    return Question(
        f"select coalesce(sum(repeats - 1), 0) from (select count(*) as repeats {groups}) as repeated",
        f"select {names}, count(*) as repeats {groups} order by count(*) desc limit {SAMPLE_ROWS}",
    )


def _row_count(bounds: RowCount, asked: Asked) -> Question:
    """The rows that are missing or too many."""
    cases = ""
    if bounds.min is not None:
        cases += f" when count(*) < {bounds.min} then {bounds.min} - count(*)"
    if bounds.max is not None:
        cases += f" when count(*) > {bounds.max} then count(*) - {bounds.max}"
    value = f"case{cases} else 0 end" if cases else "0"
    return Question(f"select {value} from {asked.table}")


def _accepted_values(accepted: AcceptedValues, asked: Asked) -> Question:
    # Numbers beside texts are values of a column of text: DuckDB would read every text as a number.
    is_text = any(isinstance(value, str) for value in accepted.values)
    values = ", ".join(literal(_as_text(value) if is_text else value) for value in accepted.values)
    return _rows(asked.table, f"{asked.column(accepted.column)} not in ({values})")


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _range(bounds: Range, asked: Asked) -> Question:
    column = asked.column(bounds.column)
    outside = [f"{column} < {literal(bounds.min)}"] if bounds.min is not None else []
    if bounds.max is not None:
        outside.append(f"{column} > {literal(bounds.max)}")
    return _rows(asked.table, " or ".join(outside) or "1 = 0")


def _relationship(relationship: Relationship, asked: Asked) -> Question:
    here = f"here.{asked.column(relationship.column)}"
    there = f"there.{asked.column(relationship.to_column or relationship.column)}"
    known = f"select 1 from {asked.table_of(relationship.to)} as there where {there} = {here}"
    return _rows(asked.table, f"{here} is not null and not exists ({known})", " as here")
