"""What a real run showed, as frozen values: the last arrow's head, `project → Evidence`.

Everything here is plain data: it is printed as JSON, drawn as a page and compared in tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from dagway.project.model import Project

Severity = Literal["warn", "error"]
Status = Literal["passed", "failed", "not applicable"]


@dataclass(frozen=True)
class Column:
    """A column as the materialization recorded it."""

    name: str
    type: str
    description: str | None = None


@dataclass(frozen=True)
class Preview:
    """The first rows of a table, as text."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class CheckEvidence:
    """One evaluated asset check. `failed_rows` is None where the check does not count rows."""

    name: str
    passed: bool
    severity: Severity
    failed_rows: int | None = None
    description: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Rhythm:
    """How often an asset will be materialized. Lengths are in seconds.

    Attributes:
        kind: `open` where something runs it, and nothing says how often.
        gap: the most from one tick that runs it to the next.
        run: how long a run takes, as measured.
    """

    kind: Literal["timed", "open", "never"]
    said: str
    gap: float = 0.0
    run: float = 0.0


@dataclass(frozen=True)
class AssetEvidence:
    """One asset of the loaded project and what this run showed of it.

    Attributes:
        rows: of the table after the run; None where nothing counted them.
        seconds: of the step that computed it.
        partitions: how many partitions were filled; 0 for an asset without partitions.
        error: why it was not materialized, or why its step failed after that; None if neither.
        freshness: the policy on the loaded definition, readable; None without one.
        fresh: whether the last materialization is within the policy; None without one.
        age: seconds since the last materialization; None without a policy, or where there was none.
        oldest: seconds that the policy allows; None without a policy, or where it is no window of time.
        rhythm: how often it will be materialized; None where the plan wants no freshness.
        automation: the condition on the loaded definition, readable; None without one.
        location: what an export wrote, as its materialization names it.
        format: of the file that an export wrote, as its materialization names it.
    """

    key: str
    materialized: bool = False
    rows: int | None = None
    seconds: float | None = None
    partitions: int = 0
    partition_range: tuple[str, str] | None = None
    columns: tuple[Column, ...] = ()
    preview: Preview | None = None
    checks: tuple[CheckEvidence, ...] = ()
    error: str | None = None
    deps: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    group: str = "default"
    owners: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    description: str | None = None
    external: bool = False
    executable: bool = True
    freshness: str | None = None
    fresh: bool | None = None
    age: float | None = None
    oldest: float | None = None
    rhythm: Rhythm | None = None
    automation: str | None = None
    table: str | None = None
    location: str | None = None
    format: str | None = None


@dataclass(frozen=True)
class TickEvidence:
    """One evaluated tick of a schedule.

    Attributes:
        at: ISO, in the schedule's zone.
        runs: how many runs it asks for.
        partitions: the parts that these runs fill.
        run_keys: what tells its runs from those of other ticks, where the schedule says so; else the tick's time does.
    """

    at: str
    runs: int
    partitions: tuple[str, ...] = ()
    run_keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class ScheduleEvidence:
    """A schedule of the loaded project. `seconds` is the measured time of its targets.

    Attributes:
        next_tick: the first tick after the proof, ISO with zone.
        ticks: the next two, evaluated; where the schedule has a time to be ready by, those of the next two days that
            have to make it.
        error: why they do not ask for the runs that they should.
    """

    name: str
    cron: str
    timezone: str
    next_tick: str | None
    targets: tuple[str, ...]
    seconds: float
    ticks: tuple[TickEvidence, ...] = ()
    error: str | None = None


@dataclass(frozen=True)
class SensorEvidence:
    """A sensor of the loaded project and what its tick answered, once it was set off.

    Attributes:
        evaluated: whether its ticks could be evaluated.
        runs: how many runs the tick asks for; of a sensor of automation conditions, see `asks`.
        asked: of a sensor of automation conditions: each evaluated key and how many runs or partitions it asks for after
            the runs of the proof.
        asks: what made the condition of each key ask for a run; one that never asked is left out.
    """

    name: str
    kind: str
    evaluated: bool
    summary: str
    targets: tuple[str, ...] = ()
    asked: Mapping[str, int] = field(default_factory=dict[str, int])
    asks: Mapping[str, str] = field(default_factory=dict[str, str])
    runs: int = 0


@dataclass(frozen=True)
class ExportEvidence:
    """An export read back without the component that wrote it.

    Attributes:
        counted_by: the reverse-ETL tool that counted the rows, where they lie in an application and cannot be read back.
    """

    key: str
    location: str
    rows: int | None
    upstream_rows: int | None
    seconds: float
    error: str | None = None
    counted_by: str | None = None


@dataclass(frozen=True)
class AlertEvidence:
    """An alert that a real event set off, and what the local receiver got."""

    name: str
    received: bool
    summary: str
    channel: str | None = None
    text: str | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class Command:
    """A command that ran on the project: what was typed, how it ended, what it printed."""

    name: str
    command: str
    exit_status: int | None
    seconds: float
    output: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether it ran to its end and reported success."""
        return self.exit_status == 0


@dataclass(frozen=True)
class Facts:
    """All that the worker saw. Pure data: verdicts and checklist are computed from it alone."""

    project: Project
    assets: tuple[AssetEvidence, ...] = ()
    schedules: tuple[ScheduleEvidence, ...] = ()
    sensors: tuple[SensorEvidence, ...] = ()
    exports: tuple[ExportEvidence, ...] = ()
    alerts: tuple[AlertEvidence, ...] = ()
    run_ids: tuple[str, ...] = ()
    load_seconds: float = 0.0
    materialize_seconds: float = 0.0
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    commands: tuple[Command, ...] = ()

    def asset(self, key: str) -> AssetEvidence | None:
        """The asset of that key, `staging/orders`; None if the project has none."""
        return next((asset for asset in self.assets if asset.key == key), None)


@dataclass(frozen=True)
class Item:
    """One piece of evidence for a requirement.

    Attributes:
        line: the line of the blueprint, `assets/staging/orders`.
        required: False for a check of severity warn: its failure is shown and breaks nothing.
    """

    line: str
    kind: str
    passed: bool
    summary: str
    required: bool = True
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class RequirementEvidence:
    """One requirement: met only if every required piece of evidence passed and there is one."""

    id: str
    text: str
    met: bool
    evidence: tuple[Item, ...]


@dataclass(frozen=True)
class ChecklistLine:
    """One line of the validation checklist and what shows that it holds."""

    id: str
    section: str
    text: str
    status: Status
    evidence: str
    seconds: float | None = None


@dataclass(frozen=True)
class RunEvidence:
    """When, where and with what the proof was made. Times are ISO, UTC."""

    started: str
    seconds: float
    environment: str
    ids: tuple[str, ...]
    versions: Mapping[str, str]
    phases: Mapping[str, float]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """A whole proof of one project."""

    project: str
    description: str
    requirements: tuple[RequirementEvidence, ...]
    facts: Facts
    checklist: tuple[ChecklistLine, ...]
    run: RunEvidence

    @property
    def met(self) -> bool:
        """Whether every requirement is met and no line of the checklist failed."""
        return all(item.met for item in self.requirements) and not self.failed_lines

    @property
    def failed_lines(self) -> tuple[ChecklistLine, ...]:
        """Lines of the checklist that do not hold."""
        return tuple(line for line in self.checklist if line.status == "failed")

    def to_json(self) -> dict[str, Any]:
        """The evidence as JSON's own types, requirements and assets by name."""
        return {
            "project": self.project,
            "requirements": {item.id: _without(asdict(item), "id") for item in self.requirements},
            "assets": {asset.key: _without(asdict(asset), "key") for asset in self.facts.assets},
            "schedules": {item.name: _without(asdict(item), "name") for item in self.facts.schedules},
            "sensors": {item.name: _without(asdict(item), "name") for item in self.facts.sensors},
            "exports": {item.key: _without(asdict(item), "key") for item in self.facts.exports},
            "alerts": {item.name: _without(asdict(item), "name") for item in self.facts.alerts},
            "commands": {item.name: _without(asdict(item), "name") for item in self.facts.commands},
            "checklist": [asdict(line) for line in self.checklist],
            "run": asdict(self.run),
        }


def _without(values: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != name}
