"""What every asset of a component may carry, and the mixin that all components share.

The classes of this module describe YAML: they accept a template wherever a value may stand, which the blueprint's
own classes do not. The blueprint's classes check the values once the templates are replaced.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import dagster as dg
from pydantic import Field

from dagway.components.environment import is_demo
from dagway.components.resolving import plain, text
from dagway.components.scaffolder import ExampleScaffolder
from dagway.components.settings import setting

Number = int | float | str


class RowCount(dg.Model):
    min: int | str | None = Field(default=None, description="Fewest rows.")
    max: int | str | None = Field(default=None, description="Most rows.")


class AcceptedValues(dg.Model):
    column: str = Field(description="The column.")
    values: list[Any] | str = Field(description="The values; a null is no violation.")


class Range(dg.Model):
    column: str = Field(description="The column.")
    min: Number | None = Field(default=None, description="Smallest value; a date as text.")
    max: Number | None = Field(default=None, description="Largest value; a date as text.")


class Relationship(dg.Model):
    column: str = Field(description="The column.")
    to: str = Field(description="The asset whose table has the values, `group/name`.")
    to_column: str | None = Field(default=None, description="Its column; the same name if left out.")


class CheckAttributes(dg.Model):
    """One check: one kind, and beside it how much it matters."""

    unique: str | list[str] | None = Field(default=None, description="Columns without repeats.")
    not_null: str | list[str] | None = Field(default=None, description="Columns without nulls.")
    row_count: RowCount | str | None = Field(default=None, description="Bounds of the number of rows.")
    accepted_values: AcceptedValues | str | None = Field(default=None, description="A column's values.")
    range: Range | str | None = Field(default=None, description="A column's smallest and largest value.")
    relationship: Relationship | str | None = Field(
        default=None, description="A column's values occur elsewhere."
    )
    freshness: str | None = Field(default=None, description="Oldest age of the last materialization.")
    table_schema: dict[str, str] | str | None = Field(
        default=None, alias="schema", description="Columns and their types, compared without case."
    )
    sql: str | None = Field(
        default=None, description="A query that must return no row, inline or a `.sql` file."
    )
    python: str | None = Field(default=None, description="A function of the project, `file.py:function`.")
    severity: Literal["warn", "error"] | str = Field(default="error", description="`warn` or `error`.")
    blocking: bool | str = Field(
        default=False, description="Whether a failure stops what depends on the asset."
    )
    name: str | None = Field(default=None, description="The check's name; made from its kind if left out.")
    description: str | None = Field(default=None, description="What the check is for.")


class PartitionAttributes(dg.Model):
    """How an asset is cut into parts; exactly one of the kinds."""

    hourly: str | None = Field(default=None, description="First hour, `2024-01-01-00:00` or a date.")
    daily: str | None = Field(default=None, description="First day, `2024-01-01`.")
    weekly: str | None = Field(default=None, description="First week's day.")
    monthly: str | None = Field(default=None, description="First month's day.")
    static: list[str] | str | None = Field(default=None, description="The parts by name.")
    dynamic: str | None = Field(default=None, description="The name under which parts are added at run time.")
    end: str | None = Field(
        default=None, description="Where the parts end, not included; open-ended if left out."
    )


class IncrementalAttributes(dg.Model):
    """Each partition replaces its own rows."""

    column: str = Field(description="A date, time or text column: it says to which partition a row belongs.")


class ColumnAttributes(dg.Model):
    """A column: its type, and what it means."""

    type: str | None = Field(default=None, description="The SQL type.")
    description: str | None = Field(default=None, description="What it means.")


Checks = Annotated[
    Sequence[Mapping[str, Any]], plain("What must be true of the table.", list[CheckAttributes])
]


@dataclass(kw_only=True)
class Attributes:
    """What every asset may carry, wherever its rows come from."""

    description: Annotated[str | None, text("What the rows are.")] = None
    group: Annotated[str | None, text("The asset's group; the key's first segment if left out.")] = None
    owners: Annotated[Sequence[str], plain("`team:name` or e-mail addresses.", list[str])] = ()
    tags: Annotated[Mapping[str, str], plain("Tags of the asset.", dict[str, str])] = field(
        default_factory=dict[str, str]
    )
    kinds: Annotated[Sequence[str], plain("Kinds, shown in Dagster's UI.", list[str])] = ()
    metadata: Annotated[Mapping[str, str], plain("Metadata of the asset, as text.", dict[str, str])] = field(
        default_factory=dict[str, str]
    )
    columns: Annotated[
        Mapping[str, Any],
        plain("Columns with type and meaning.", dict[str, ColumnAttributes | str]),
    ] = field(default_factory=dict[str, Any])
    checks: Checks = ()
    partitions: Annotated[
        Mapping[str, Any] | None, plain("How the asset is cut into parts.", PartitionAttributes)
    ] = None
    incremental: Annotated[
        Mapping[str, Any] | None, plain("Which rows belong to a partition.", IncrementalAttributes)
    ] = None
    freshness: Annotated[str | None, text("Oldest age before the asset counts as stale, `36h`.")] = None
    automation: Annotated[
        str | None, text("`eager`, `on_missing`, `on_cron('0 5 * * *')` or an expression of them.")
    ] = None
    timezone: Annotated[str, text("The time zone of partitions and of `on_cron`.")] = "UTC"
    dialect: Annotated[str | None, text("The dialect of SQL written here; the warehouse's if left out.")] = (
        None
    )


@dataclass(kw_only=True)
class Demonstrable:
    """What every component carries that touches the world outside the warehouse."""

    demo_mode: Annotated[
        bool, plain("Whether demo data and simulators stand in, as `DAGWAY_DEMO=1` does.", bool)
    ] = False

    @property
    def in_demo(self) -> bool:
        """Whether this component stays on this machine."""
        return self.demo_mode or is_demo()


@dg.scaffold_with(ExampleScaffolder)
class Block(dg.Component):
    """The base of Dagway's components: `{{ setting('…') }}` works in their YAML, and `dg scaffold` writes their example."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # Dagster looks for template variables among a class's own members only.
        cls.setting = staticmethod(setting)
