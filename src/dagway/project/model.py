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
class Position:
    """A place in the project's own code; the path is absolute, the line counts from 1."""

    path: Path
    line: int | None = None

    def to_json(self, root: Path) -> str:
        shown = self.path.relative_to(root) if self.path.is_relative_to(root) else self.path
        return shown.as_posix() if self.line is None else f"{shown.as_posix()}:{self.line}"


@dataclass(frozen=True)
class Check:
    name: str
    blocking: bool = False
    description: str | None = None
    position: Position | None = None

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
class Asset:
    """One asset; ``automation``, ``partitions`` and ``freshness`` are readable labels.

    Attributes:
        stub: nothing defines the key: Dagster made the asset because a dependency or a check names it.
        materializable: Dagster can compute it; not so an external asset or one that is only observed.
        inputs: the dependencies whose values the I/O manager loads.
        loadable: False where it is certain that the I/O manager has no value of it to load.
        partition_count: None without partitions, or where only the instance knows.
        has_legacy_kind: its computation names a kind in the form that Dagster had before ``kinds``.
        unit: the same for assets that are computed only together; None for one that is computed alone.
        integration: what an integration's package noted about it, such as ``dagster_dbt``; None for one's own asset.
    """

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
    stub: bool = False
    materializable: bool = True
    inputs: tuple[Key, ...] = ()
    loadable: bool = True
    partition_count: int | None = None
    unit: str | None = None
    integration: str | None = None
    has_legacy_kind: bool = False

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
    """``empty``: it is made of a selection that matches neither an asset nor a check.

    Attributes:
        conditioned: a condition of its own starts it.
    """

    name: str
    assets: tuple[Key, ...] = ()
    description: str | None = None
    empty: bool = False
    conditioned: bool = False
    position: Position | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "assets": [slash(key) for key in self.assets],
            "description": self.description,
        }


@dataclass(frozen=True)
class Schedule:
    """``targets`` are the assets the schedule's job materializes; ``status`` is its default.

    Attributes:
        has_timezone: one is given; without it ``timezone`` is what Dagster takes, UTC.
        empty: it has a selection of its own, which matches neither an asset nor a check.
        unpartitioned: its ticks start runs without a partition, whatever the job has.
        job_partitions: a label of the job's partitions.
        requires: keys of resources.
    """

    name: str
    cron: str
    timezone: str
    job: str
    targets: tuple[Key, ...] = ()
    status: str = "STOPPED"
    has_timezone: bool = True
    empty: bool = False
    unpartitioned: bool = False
    job_partitions: str | None = None
    requires: tuple[str, ...] = ()
    position: Position | None = None

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
    """``targets`` are job names, or asset keys where the sensor selects assets; the interval is in seconds.

    Attributes:
        assets: all that it may materialize: those it selects and those of its jobs.
        empty: it has a selection, which matches neither an asset nor a check.
        evaluates: it evaluates the conditions of its assets.
        requires: keys of resources.
    """

    name: str
    kind: str
    targets: tuple[str, ...] = ()
    minimum_interval: int | None = None
    status: str = "STOPPED"
    assets: tuple[Key, ...] = ()
    empty: bool = False
    evaluates: bool = False
    requires: tuple[str, ...] = ()
    position: Position | None = None

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
    """``unresolved``: fields whose value still holds a template such as ``{{ env('…') }}``; the position is that of the first."""

    name: str
    type: str
    unresolved: tuple[str, ...] = ()
    position: Position | None = None

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "type": self.type}


@dataclass(frozen=True)
class DbtSource:
    """A table of a dbt source.

    Attributes:
        name: the source and the table, as dbt names them.
        readers: the assets of the models that read it.
    """

    key: Key
    name: tuple[str, str]
    readers: tuple[Key, ...] = ()
    position: Position | None = None


@dataclass(frozen=True)
class Duplicate:
    """A key that is defined more than once, and the own lines that define it: fewer where several share one."""

    key: Key
    positions: tuple[Position, ...] = ()


@dataclass(frozen=True)
class Project:
    """The definitions of a repository, or of several as one.

    Attributes:
        hidden: assets that Dagster leaves out without a word, because a source asset has the same key.
    """

    name: str
    root: Path
    assets: tuple[Asset, ...] = ()
    jobs: tuple[Job, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    sensors: tuple[Sensor, ...] = ()
    resources: tuple[Resource, ...] = ()
    dbt_sources: tuple[DbtSource, ...] = ()
    hidden: tuple[Duplicate, ...] = ()

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
