"""A loaded Dagster project as frozen values. Pure: nothing here imports Dagster."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

Key = tuple[str, ...]


def slash(key: Key) -> str:
    """An asset key as people write it: ``("staging", "orders")`` → ``staging/orders``."""
    return "/".join(key)


@dataclass(frozen=True)
class Check:
    name: str
    blocking: bool = False
    description: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "blocking": self.blocking, "description": self.description}


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    description: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "type": self.type, "description": self.description}


@dataclass(frozen=True)
class Position:
    """A place in the project's own code; the path is absolute, the line counts from 1."""

    path: Path
    line: int | None = None

    def to_json(self, root: Path) -> str:
        shown = self.path.relative_to(root) if self.path.is_relative_to(root) else self.path
        return shown.as_posix() if self.line is None else f"{shown.as_posix()}:{self.line}"


@dataclass(frozen=True)
class Asset:
    """One asset; ``automation``, ``partitions`` and ``freshness`` are readable labels."""

    key: Key
    deps: tuple[Key, ...] = ()
    kinds: tuple[str, ...] = ()
    group: str = "default"
    owners: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    description: str | None = None
    checks: tuple[Check, ...] = ()
    automation: str | None = None
    partitions: str | None = None
    freshness: str | None = None
    columns: tuple[Column, ...] = ()
    executable: bool = True
    external: bool = False
    position: Position | None = None
    metadata: tuple[tuple[str, str], ...] = ()

    def to_json(self, root: Path) -> dict[str, Any]:
        return {
            "key": slash(self.key),
            "deps": [slash(dep) for dep in self.deps],
            "kinds": list(self.kinds),
            "group": self.group,
            "owners": list(self.owners),
            "tags": dict(self.tags),
            "description": self.description,
            "checks": [check.to_json() for check in self.checks],
            "automation": self.automation,
            "partitions": self.partitions,
            "freshness": self.freshness,
            "columns": [column.to_json() for column in self.columns],
            "executable": self.executable,
            "external": self.external,
            "source": self.position.to_json(root) if self.position else None,
            "metadata": dict(self.metadata),
        }


@dataclass(frozen=True)
class Job:
    name: str
    assets: tuple[Key, ...] = ()
    description: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "assets": [slash(key) for key in self.assets],
            "description": self.description,
        }


@dataclass(frozen=True)
class Schedule:
    """``targets`` are the assets the schedule's job materializes; ``status`` is its default."""

    name: str
    cron: str
    timezone: str
    job: str
    targets: tuple[Key, ...] = ()
    status: str = "STOPPED"

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "cron": self.cron,
            "timezone": self.timezone,
            "job": self.job,
            "targets": [slash(key) for key in self.targets],
            "default_status": self.status,
        }


@dataclass(frozen=True)
class Sensor:
    """``targets`` are job names, or asset keys where the sensor selects assets; the interval is in seconds."""

    name: str
    kind: str
    targets: tuple[str, ...] = ()
    minimum_interval: int | None = None
    status: str = "STOPPED"

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "kind": self.kind,
            "targets": list(self.targets),
            "minimum_interval": self.minimum_interval,
            "default_status": self.status,
        }


@dataclass(frozen=True)
class Resource:
    name: str
    type: str

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "type": self.type}


@dataclass(frozen=True)
class Project:
    name: str
    root: Path
    assets: tuple[Asset, ...] = ()
    jobs: tuple[Job, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    sensors: tuple[Sensor, ...] = ()
    resources: tuple[Resource, ...] = ()

    @cached_property
    def by_key(self) -> dict[Key, Asset]:
        return {asset.key: asset for asset in self.assets}

    def to_json(self) -> dict[str, Any]:
        return {
            "assets": [asset.to_json(self.root) for asset in self.assets],
            "jobs": [job.to_json() for job in self.jobs],
            "schedules": [schedule.to_json() for schedule in self.schedules],
            "sensors": [sensor.to_json() for sensor in self.sensors],
            "resources": [resource.to_json() for resource in self.resources],
        }
