"""Sensors that start a job: when files change, and when an asset was materialized."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import dagster as dg

from dagway.blueprint.patterns import matching
from dagway.components.asset_spec import key_of
from dagway.components.attributes import Block, Demonstrable
from dagway.components.jobs import asset_job, requests
from dagway.components.resolving import plain, text


@dataclass(kw_only=True)
class Starter(Demonstrable):
    """What sensors that start a job have in common."""

    name: Annotated[str, text("The sensor's name.")]
    job_name: Annotated[str | None, text("The job's name; `<name>_job` if left out.")] = None
    asset_selection: Annotated[str, text("Which assets run, in Dagster's grammar or its shorthand.")] = "*"
    every: Annotated[int, plain("Seconds between two looks.", int)] = 30
    description: Annotated[str | None, text("What it waits for.")] = None
    running: Annotated[
        bool, plain("Whether it looks once the project is deployed; in demo mode it does not.", bool)
    ] = True

    @property
    def job(self) -> str:
        return self.job_name or f"{self.name}_job"

    def shared(self) -> dict[str, Any]:
        """Arguments of Dagster's sensor definitions."""
        running = self.running and not self.in_demo
        return {
            "name": self.name,
            "job_name": self.job,
            "minimum_interval_seconds": self.every,
            "description": self.description,
            "default_status": dg.DefaultSensorStatus.RUNNING if running else dg.DefaultSensorStatus.STOPPED,
        }

    def definitions(self, sensor: dg.SensorDefinition) -> dg.Definitions:
        return dg.Definitions(
            jobs=[asset_job(self.job, self.asset_selection, self.description)], sensors=[sensor]
        )


@dataclass(kw_only=True)
class FileSensor(Starter, Block, dg.Resolvable):
    """A run of the selected assets for each new state of the files that match a pattern."""

    watch: Annotated[str, text("The files' pattern from the project's root, such as `inbox/*.csv`.")]

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        root = context.project_root

        def look(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
            state = json.dumps(state_of_files(root, self.watch), sort_keys=True)
            if state == (context.cursor or "{}"):
                yield dg.SkipReason(f"{self.watch}: nothing is new.")
                return
            yield from requests(context, self.job, hashlib.sha256(state.encode()).hexdigest())
            context.update_cursor(state)

        return self.definitions(dg.SensorDefinition(evaluation_fn=look, **self.shared()))


def state_of_files(root: Path, pattern: str) -> dict[str, list[int]]:
    """Size and time of change of each file that matches, by its path from the root; an absolute pattern is allowed.

    `.gitkeep`, which only makes git keep a folder, is none of them.
    """
    base = Path(Path(pattern).anchor) if Path(pattern).is_absolute() else root
    relative = str(Path(pattern).relative_to(base)) if Path(pattern).is_absolute() else pattern
    found = sorted(path for path in matching(base, relative) if path.is_file() and path.name != ".gitkeep")
    stats = ((path.relative_to(base).as_posix(), path.stat()) for path in found)
    return {name: [stat.st_size, stat.st_mtime_ns] for name, stat in stats}


@dataclass(kw_only=True)
class AssetSensor(Starter, Block, dg.Resolvable):
    """A run of the selected assets for each materialization of an asset."""

    asset: Annotated[str, text("The asset that is waited for.")]

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        def look(
            context: dg.SensorEvaluationContext, event: dg.EventLogEntry
        ) -> Iterator[dg.RunRequest | dg.SkipReason]:
            materialized = event.dagster_event
            partition = materialized.partition if materialized else None
            yield from requests(context, self.job, f"{event.run_id}:{event.timestamp}", partition)

        return self.definitions(
            dg.AssetSensorDefinition(
                asset_key=dg.AssetKey(key_of(self.asset)), asset_materialization_fn=look, **self.shared()
            )
        )
