"""What runs at fixed times, what runs when something happened, and who hears of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dagway.blueprint.cron import Cron, TimeZone
from dagway.blueprint.duration import Duration
from dagway.blueprint.model.part import Part
from dagway.blueprint.model.texts import CHANNEL, TIME, Key, PythonReference


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
