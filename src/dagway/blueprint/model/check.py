"""One check of a table, and the values of its kinds."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, Strict, model_validator

from dagway.blueprint.duration import Duration
from dagway.blueprint.model.part import Part
from dagway.blueprint.model.texts import Key, Name, PythonReference

Severity = Literal["warn", "error"]


def _as_tuple(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


ColumnName = Annotated[str, Field(min_length=1)]
Columns = Annotated[
    ColumnName | Annotated[tuple[ColumnName, ...], Field(min_length=1)], AfterValidator(_as_tuple)
]


def _ordered(low: Any, high: Any) -> None:
    """At least one bound, and the smaller first.

    Raises:
        ValueError: it is not so. The remedy follows a semicolon.
    """
    if low is None and high is None:
        raise ValueError("neither `min` nor `max` is given; write `{min: 1}`, `{max: 100}` or both")
    if low is None or high is None:
        return
    if isinstance(low, str) != isinstance(high, str):
        raise ValueError("one bound is text and one a number; write both as numbers, or both as dates")
    if low > high:
        raise ValueError(f"`min` {low} is more than `max` {high}; write the smaller one as `min`")


class RowCount(Part):
    """How many rows the table has, both ends included."""

    min: int | None = Field(default=None, ge=0, strict=True, description="Fewest rows.")
    max: int | None = Field(default=None, ge=0, strict=True, description="Most rows.")

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        _ordered(self.min, self.max)
        return self


class AcceptedValues(Part):
    """The values that a column may take; a null is no violation."""

    column: ColumnName = Field(description="The column.")
    values: tuple[str | int | float | bool, ...] = Field(min_length=1, description="The values.")


Bound = Annotated[int, Strict()] | Annotated[float, Strict()] | str
"""A number or a text; true and false are no numbers."""


class Range(Part):
    """The values that a column may take, both ends included; a null is no violation."""

    column: ColumnName = Field(description="The column.")
    min: Bound | None = Field(default=None, description="Smallest value; a date as text.")
    max: Bound | None = Field(default=None, description="Largest value; a date as text.")

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        _ordered(self.min, self.max)
        return self


class Relationship(Part):
    """Each value occurs in a column of another asset; a null is no violation."""

    column: ColumnName = Field(description="The column.")
    to: Key = Field(description="The asset whose table has the values.")
    to_column: str | None = Field(default=None, description="Its column; the same name if left out.")


class Check(Part):
    """One check: exactly one kind, and beside it how much it matters."""

    unique: Columns | None = Field(
        default=None, description="A column, or columns together, without repeats."
    )
    not_null: Columns | None = Field(default=None, description="A column, or columns, without nulls.")
    row_count: RowCount | None = Field(default=None, description="Bounds of the number of rows.")
    accepted_values: AcceptedValues | None = Field(default=None, description="A column's values.")
    range: Range | None = Field(default=None, description="A column's smallest and largest value.")
    relationship: Relationship | None = Field(default=None, description="A column's values occur elsewhere.")
    freshness: Duration | None = Field(
        default=None, description="Oldest age of the last materialization, such as `36h`."
    )
    table_schema: dict[ColumnName, str] | None = Field(
        default=None,
        min_length=1,
        alias="schema",
        description="Columns and their types, compared without case.",
    )
    sql: str | None = Field(
        default=None, description="A query that must return no row, inline or a `.sql` file."
    )
    python: PythonReference | None = Field(
        default=None, description="A function that returns an `AssetCheckResult`."
    )
    severity: Severity = Field(
        default="error", description="`warn` shows a failure, `error` breaks a requirement."
    )
    blocking: bool = Field(
        default=False, strict=True, description="Whether a failure stops what depends on the asset."
    )
    name: Name | None = Field(default=None, description="The check's name; made from its kind if left out.")
    description: str | None = Field(default=None, description="What the check is for.")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = [kind for kind in CHECK_KINDS if getattr(self, _field(kind)) is not None]
        if not kinds:
            raise ValueError(f"the check has no kind; write one of {', '.join(CHECK_KINDS)}")
        if len(kinds) > 1:
            raise ValueError(f"one check has {' and '.join(kinds)}; begin each with a `- ` of its own")
        return self

    @cached_property
    def kind(self) -> CheckKind:
        """The one kind that is set."""
        return next(kind for kind in CHECK_KINDS if getattr(self, _field(kind)) is not None)

    @property
    def value(self) -> Any:
        """What stands behind the kind."""
        return getattr(self, _field(self.kind))


CheckKind = Literal[
    "unique",
    "not_null",
    "row_count",
    "accepted_values",
    "range",
    "relationship",
    "freshness",
    "schema",
    "sql",
    "python",
]
CHECK_KINDS: tuple[CheckKind, ...] = (
    "unique",
    "not_null",
    "row_count",
    "accepted_values",
    "range",
    "relationship",
    "freshness",
    "schema",
    "sql",
    "python",
)


def _field(kind: CheckKind) -> str:
    return "table_schema" if kind == "schema" else kind
