"""Tables: those of sources, those that are built, and those that leave."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from dagway.blueprint.cron import Cron
from dagway.blueprint.duration import Duration
from dagway.blueprint.expression import AutomationExpression
from dagway.blueprint.model.check import Check
from dagway.blueprint.model.part import NonEmpty, Part
from dagway.blueprint.model.partitions import Incremental, Partitions
from dagway.blueprint.model.texts import Key, Kind, Name, Owner, PythonReference, Tags

MOST_KINDS = 3
"""As many as Dagster shows."""


def _checked_kinds(kinds: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(kinds)) > MOST_KINDS:
        raise ValueError(f"{len(set(kinds))} kinds, and Dagster shows {MOST_KINDS}; keep {MOST_KINDS}")
    return kinds


Kinds = Annotated[tuple[Kind, ...], AfterValidator(_checked_kinds)]


class Column(Part):
    """A column as written: its type, and what it means."""

    type: str | None = Field(default=None, description="The SQL type.")
    description: str | None = Field(default=None, description="What it means.")


def _as_column(value: str | Column) -> Column:
    return Column(type=value) if isinstance(value, str) else value


Columned = dict[str, Annotated[str | Column, AfterValidator(_as_column)]]


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
    tags: Tags = Field(default={}, description="Tags, added to the top level's.")
    kinds: Kinds = Field(default=(), description="Kinds, up to three; those that Dagway knows fill up.")
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
    allow_empty: bool = Field(
        default=False, description="Whether no row at all may take the place of the rows that are there."
    )


class Source(Part):
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
    tags: Tags = Field(default={}, description="Tags, added to the top level's.")
    kinds: Kinds = Field(default=(), description="Kinds, up to three; those that Dagway knows fill up.")
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


class Export(Part):
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
    sync: str | None = Field(default=None, description="The sync's id at the reverse-ETL tool.")
    format: Literal["parquet", "csv"] | None = Field(
        default=None, description="The file's format; the path's ending if left out."
    )
    owners: tuple[Owner, ...] = Field(default=(), description="Owners, added to the top level's.")
    tags: Tags = Field(default={}, description="Tags, added to the top level's.")
    automation: AutomationExpression | OnCron | None = Field(default=None, description="As for an asset.")
    meets: tuple[str, ...] = Field(default=(), description="Requirements that this line meets.")
