"""The blueprint as frozen values: what the language says, after it was read and checked.

Every class is one mapping of the YAML. Field descriptions are the reference page and the JSON Schema.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, model_validator

from dagway.blueprint.cron import Cron, TimeZone
from dagway.blueprint.dates import Day, Hour, moment
from dagway.blueprint.duration import Duration
from dagway.blueprint.expression import AutomationExpression
from dagway.blueprint.scalar import plain

KEY = r"^[A-Za-z_][A-Za-z0-9_]{0,62}(/[A-Za-z_][A-Za-z0-9_]{0,62}){1,2}$"
NAME = r"^[A-Za-z_][A-Za-z0-9_]{0,62}$"
PROJECT = r"^[a-z][a-z0-9_]{0,62}$"
OWNER = r"^(team:[A-Za-z0-9_.-]+|[^@\s:]+@[^@\s]+\.[^@\s]+)$"
PYTHON = r"^[A-Za-z0-9_][A-Za-z0-9_./-]*\.py:[A-Za-z_][A-Za-z0-9_]*$"
TIME = r"^([01]\d|2[0-3]):[0-5]\d$"
CHANNEL = r"^[#@][^\s]+$"

Key = Annotated[
    str,
    Field(
        pattern=KEY,
        description="An asset key, `group/name`, at most three segments.",
        examples=["staging/orders"],
    ),
]
Name = Annotated[
    str,
    Field(pattern=NAME, description="A name: letters, digits and underscores."),
]
Owner = Annotated[
    str,
    Field(
        pattern=OWNER,
        description="`team:name` or an e-mail address.",
        examples=["team:data-engineering"],
    ),
]
PythonReference = Annotated[
    str,
    Field(
        pattern=PYTHON,
        description="A function in a file beside the blueprint, `file.py:function`.",
        examples=["transforms.py:customer_lifetime_value"],
    ),
]
Severity = Literal["warn", "error"]


class Part(BaseModel):
    """A mapping of the blueprint: unknown keys are mistakes, values do not change.

    A number is accepted where text is wanted, as it was written.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True, defer_build=True)


class Open(BaseModel):
    """A mapping that also carries the integration's own settings."""

    model_config = ConfigDict(extra="allow", frozen=True, coerce_numbers_to_str=True, defer_build=True)

    @property
    def settings(self) -> dict[str, Any]:
        """Settings that the language does not name: they belong to the integration."""
        return {name: plain(value) for name, value in (self.__pydantic_extra__ or {}).items()}


T = TypeVar("T")
NonEmpty = Annotated[T, Field(min_length=1)]


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


class Column(Part):
    """A column as written: its type, and what it means."""

    type: str | None = Field(default=None, description="The SQL type.")
    description: str | None = Field(default=None, description="What it means.")


def _as_column(value: str | Column) -> Column:
    return Column(type=value) if isinstance(value, str) else value


Columned = dict[str, Annotated[str | Column, AfterValidator(_as_column)]]


PartitionKind = Literal["hourly", "daily", "weekly", "monthly", "static", "dynamic"]
PARTITION_KINDS: tuple[PartitionKind, ...] = ("hourly", "daily", "weekly", "monthly", "static", "dynamic")


class Partitions(Part):
    """How an asset is cut into parts; exactly one of the kinds."""

    hourly: Hour | None = Field(default=None, description="First hour, `2024-01-01-00:00` or a date.")
    daily: Day | None = Field(default=None, description="First day, `2024-01-01`.")
    weekly: Day | None = Field(default=None, description="First week's day.")
    monthly: Day | None = Field(default=None, description="First month's day.")
    static: tuple[str, ...] | None = Field(default=None, min_length=1, description="The parts by name.")
    dynamic: Name | None = Field(
        default=None, description="The name under which parts are added at run time."
    )
    end: Hour | None = Field(
        default=None, description="Where the parts end, not included; open-ended if left out."
    )

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = [kind for kind in PARTITION_KINDS if getattr(self, kind) is not None]
        if len(kinds) != 1:
            found = " and ".join(kinds) + " stand together" if kinds else "no kind is given"
            raise ValueError(f"{found}; write one of {', '.join(PARTITION_KINDS)}")
        if self.end is not None and self.kind in {"static", "dynamic"}:
            raise ValueError(f"`end` beside `{self.kind}`, whose parts have no order; remove `end`")
        first = getattr(self, self.kind)
        if self.end is not None and moment(self.end) <= moment(first):
            raise ValueError(f"`end` {self.end} is not after {first}; write a later date, or leave `end` out")
        return self

    @property
    def kind(self) -> PartitionKind:
        """The one kind that is set."""
        return next(kind for kind in PARTITION_KINDS if getattr(self, kind) is not None)


class Incremental(Part):
    """Each partition replaces its own rows: the column says to which partition a row belongs."""

    column: ColumnName = Field(description="A date, time or text column.")


class OnCron(Part):
    """Run once after each tick, when everything upstream is new."""

    on_cron: Cron = Field(description="A cron expression in the blueprint's time zone.")


class Built(Part):
    """What every asset may carry, whether its rows come from a source, SQL or Python."""

    description: str | None = Field(default=None, description="What the rows are.")
    group: Name | None = Field(
        default=None, description="The asset's group; the key's first segment if left out."
    )
    owners: tuple[Owner, ...] = Field(default=(), description="Owners, added to the top level's.")
    tags: dict[str, str] = Field(default={}, description="Tags, added to the top level's.")
    kinds: tuple[str, ...] = Field(default=(), description="Kinds, added to those that Dagway knows.")
    columns: Columned = Field(default={}, description="Columns with type and meaning.")
    checks: tuple[Check, ...] = Field(default=(), description="What must be true of the table.")
    partitions: Partitions | None = Field(default=None, description="How the asset is cut into parts.")
    incremental: Incremental | None = Field(default=None, description="Which rows belong to a partition.")
    freshness: Duration | None = Field(
        default=None, description="Oldest age before the asset counts as stale."
    )
    automation: AutomationExpression | OnCron | None = Field(
        default=None, description="`eager`, `on_missing`, `on_cron: …` or an expression of them."
    )
    meets: tuple[str, ...] = Field(default=(), description="Requirements that this line meets.")


class SourceTable(Built):
    """One table of a source, where more than its name is to be said."""

    name: str | None = Field(default=None, description="The table's name at the source, if it differs.")
    path: str | None = Field(
        default=None,
        description="Its file or pattern inside `path` and `demo`, or an address, if it is not `<table>.*`.",
    )


class Source(Open):
    """A system that data comes from."""

    integration: str = Field(examples=["postgres"], description="Any integration of the catalogue.")
    description: str | None = Field(default=None, description="What the system is.")
    connection: str | None = Field(default=None, description="A database address, as `{{ env('NAME') }}`.")
    path: str | None = Field(default=None, description="A folder or object-store address of files.")
    tables: NonEmpty[tuple[Name, ...]] | NonEmpty[dict[Name, SourceTable | None]] = Field(
        description="Its tables, as a list, or as a mapping where more is said of each."
    )
    demo: str | None = Field(default=None, description="Files that stand in for the tables in demo mode.")
    group: Name | None = Field(default=None, description="The assets' group; the source's name if left out.")
    owners: tuple[Owner, ...] = Field(default=(), description="Owners, added to the top level's.")
    tags: dict[str, str] = Field(default={}, description="Tags, added to the top level's.")
    kinds: tuple[str, ...] = Field(default=(), description="Kinds, added to those that Dagway knows.")
    freshness: Duration | None = Field(default=None, description="Oldest age of each of its tables.")
    automation: AutomationExpression | OnCron | None = Field(default=None, description="As for an asset.")
    partitions: Partitions | None = Field(default=None, description="As for an asset.")
    incremental: Incremental | None = Field(default=None, description="As for an asset.")
    meets: tuple[str, ...] = Field(default=(), description="Requirements that this line meets.")

    def table(self, name: str) -> SourceTable:
        """What the blueprint says of one table; empty where it only names it."""
        return (self.tables.get(name) if isinstance(self.tables, dict) else None) or SourceTable()


class Asset(Built):
    """A table that is built, by SQL or by Python."""

    sql: str | None = Field(
        default=None, description="A query, inline or a `.sql` file beside the blueprint."
    )
    python: PythonReference | None = Field(default=None, description="A function that returns the rows.")
    deps: tuple[Key, ...] = Field(default=(), description="Upstream assets that parsing cannot see.")
    materialized: Literal["table", "view"] = Field(
        default="table", description="What SQL makes of the query."
    )


class Export(Open):
    """Rows that leave the warehouse."""

    from_: Key = Field(alias="from", description="The asset whose rows leave.")
    integration: str = Field(
        description="`s3`, `gcs`, `azure`, `filesystem`, a database or a reverse-ETL tool."
    )
    description: str | None = Field(default=None, description="Who reads it and what for.")
    path: str | None = Field(default=None, description="Where to: `s3://bucket/key.parquet` or a file.")
    connection: str | None = Field(
        default=None, description="The database's address, as `{{ env('NAME') }}`."
    )
    table: str | None = Field(default=None, description="The table to write, `schema.table`.")
    format: Literal["parquet", "csv"] | None = Field(
        default=None, description="The file's format; the path's ending if left out."
    )
    owners: tuple[Owner, ...] = Field(default=(), description="Owners, added to the top level's.")
    tags: dict[str, str] = Field(default={}, description="Tags, added to the top level's.")
    automation: AutomationExpression | OnCron | None = Field(default=None, description="As for an asset.")
    meets: tuple[str, ...] = Field(default=(), description="Requirements that this line meets.")


class Schedule(Part):
    """Runs at fixed times."""

    cron: Cron = Field(description="A cron expression of five fields.")
    selection: str = Field(default="*", description="An asset selection in Dagster's grammar.")
    timezone: TimeZone | None = Field(default=None, description="The time zone; the blueprint's if left out.")
    ready_by: Annotated[str, Field(pattern=TIME)] | None = Field(
        default=None, description="Time of day by which the run must be done, `06:00`."
    )
    description: str | None = Field(default=None, description="What the runs are for.")
    meets: tuple[str, ...] = Field(default=(), description="Requirements that this line meets.")


class Sensor(Part):
    """Runs when something happened; exactly one of `watch`, `asset` and `python`."""

    watch: str | None = Field(
        default=None, description="Files by pattern, such as `inbox/*.csv`: a run for each new state."
    )
    asset: Key | None = Field(default=None, description="A run for each materialization of this asset.")
    python: PythonReference | None = Field(
        default=None, description="A function of the context that returns run requests or a skip reason."
    )
    selection: str = Field(default="*", description="What to run, in Dagster's selection grammar.")
    every: Duration | None = Field(default=None, description="Time between two looks; 30 s if left out.")
    description: str | None = Field(default=None, description="What it waits for.")
    meets: tuple[str, ...] = Field(default=(), description="Requirements that this line meets.")


class Alert(Part):
    """A message to people; one or both of `slack` and `webhook`."""

    when: Literal["run_failure", "run_success", "check_failure", "freshness"] = Field(
        description="What happened."
    )
    slack: Annotated[str, Field(pattern=CHANNEL)] | None = Field(
        default=None, description="A channel, `#name`."
    )
    webhook: str | None = Field(
        default=None, description="An address that takes a JSON message, as `{{ env('NAME') }}`."
    )
    selection: str | None = Field(default=None, description="Only for these assets; for all if left out.")
    description: str | None = Field(default=None, description="Who reads it.")
    meets: tuple[str, ...] = Field(default=(), description="Requirements that this line meets.")


class Warehouse(Open):
    """Where tables are built. Settings beside these belong to the integration."""

    integration: str = Field(default="duckdb", description="`duckdb`, `postgres` or `snowflake`.")
    database: str | None = Field(default=None, description="The DuckDB file or the database's name.")
    connection: str | None = Field(
        default=None, description="The database's address, as `{{ env('NAME') }}`."
    )


class Blueprint(Part):
    """What is wanted, on one page."""

    blueprint: Literal[1] = Field(examples=[1], description="The language's version.")
    name: Annotated[str, Field(pattern=PROJECT)] = Field(
        examples=["sales_analytics"], description="The project's name, which is also its Python package."
    )
    description: str = Field(default="", description="What it is for, in a sentence.")
    owners: tuple[Owner, ...] = Field(default=(), description="Who answers for every asset.")
    tags: dict[str, str] = Field(default={}, description="Tags of every asset.")
    timezone: TimeZone = Field(
        default="UTC", description="Time zone of schedules, partitions and `ready_by`."
    )
    requirements: dict[str, str] = Field(default={}, description="What must be true, by number.")
    warehouse: Warehouse = Field(default=Warehouse(), description="Where tables are built.")
    sources: dict[Name, Source] = Field(default={}, description="Where data comes from.")
    assets: dict[Key, Asset] = Field(default={}, description="What is built.")
    exports: dict[Name, Export] = Field(default={}, description="What leaves.")
    schedules: dict[Name, Schedule] = Field(default={}, description="What runs at fixed times.")
    sensors: dict[Name, Sensor] = Field(default={}, description="What runs when something happened.")
    alerts: dict[Name, Alert] = Field(default={}, description="Who hears of what.")
    environments: dict[Name, Annotated[dict[str, Any], AfterValidator(plain)]] = Field(
        default={}, description="Overlays of any part's values, by environment; `demo` is built in."
    )


ENV_CALL = re.compile(r"\{\{\s*env\(\s*'([A-Za-z_][A-Za-z0-9_]*)'\s*(?:,\s*'([^']*)'\s*)?\)\s*\}\}")
"""`{{ env('NAME') }}` or `{{ env('NAME', 'default') }}`: the name, and the default if there is one."""
