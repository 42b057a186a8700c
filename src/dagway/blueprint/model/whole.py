"""The whole blueprint."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from dagway.blueprint.cron import TimeZone
from dagway.blueprint.model.part import Open, Part
from dagway.blueprint.model.tables import Asset, Export, Source
from dagway.blueprint.model.texts import PROJECT, Key, Name, Owner, Tags
from dagway.blueprint.model.triggers import Alert, Schedule, Sensor
from dagway.blueprint.scalar import plain


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
    tags: Tags = Field(default={}, description="Tags of every asset.")
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
