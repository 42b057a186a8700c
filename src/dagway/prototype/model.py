"""The plan as frozen values: what will be built for each line of a blueprint, and why.

`blueprint → Plan → files → Project → Evidence`: this module is the second arrow's head. Keys are tuples of segments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

AssetKey = tuple[str, ...]
How = Literal["component", "python", "both"]
Role = Literal["source", "sql", "python", "export"]
AutomationKind = Literal["schedule", "sensor", "condition", "none"]


def slash(key: AssetKey) -> str:
    """The key as people write it, `staging/orders`."""
    return "/".join(key)


@dataclass(frozen=True)
class Column:
    """A column of a table; `type` is in the warehouse's words, None where parsing cannot tell."""

    name: str
    type: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class ColumnSource:
    """Where a column's values come from: a column of an upstream asset."""

    asset: AssetKey
    column: str


@dataclass(frozen=True)
class PlannedCheck:
    """One asset check. `value` is what stands behind the kind in the blueprint, as plain data."""

    name: str
    kind: str
    value: Any
    severity: Literal["warn", "error"]
    blocking: bool
    description: str


@dataclass(frozen=True)
class Automation:
    """How an asset comes to run: the kind, what it is called or says, and why this kind."""

    kind: AutomationKind
    what: str
    reason: str


@dataclass(frozen=True)
class PlannedAsset:
    """One asset of the project.

    Attributes:
        how: component, Python asset or both (a Python asset whose checks are a component), with `reason`.
        component: the component's type, `dagway.components.SqlModel`; for both, that of the checks; None for Python.
        alternatives: components or integrations that could serve it as well.
        naming: why a downstream dbt source or reverse-ETL tool can name it.
        table: the warehouse table, `schema.table`; None for an export.
        sql: the query; python: `file.py:function`; None where it does not apply.
        parameters: of a Python asset: parameter → upstream asset, or None for a resource.
        lineage: column → the upstream columns that it is made from.
        meets: requirements, by number.
        buildable: False where this version cannot build the line; `reason` says why.
    """

    key: AssetKey
    role: Role
    how: How
    component: str | None
    reason: str
    integration: str
    alternatives: tuple[str, ...]
    naming: str
    description: str
    group: str
    owners: tuple[str, ...]
    tags: Mapping[str, str]
    kinds: tuple[str, ...]
    automation: Automation
    table: str | None = None
    deps: tuple[AssetKey, ...] = ()
    columns: tuple[Column, ...] = ()
    lineage: Mapping[str, tuple[ColumnSource, ...]] = field(
        default_factory=dict[str, tuple[ColumnSource, ...]]
    )
    checks: tuple[PlannedCheck, ...] = ()
    partitions: Mapping[str, Any] | None = None
    incremental: str | None = None
    freshness: str | None = None
    sql: str | None = None
    python: str | None = None
    parameters: Mapping[str, AssetKey | None] = field(default_factory=dict[str, "AssetKey | None"])
    scaffolded: bool = False
    meets: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    buildable: bool = True


@dataclass(frozen=True)
class PlannedSchedule:
    """Runs at fixed times: `targets` are the assets that the selection means, found without loading Dagster."""

    name: str
    cron: str
    timezone: str
    selection: str
    ready_by: str | None
    description: str
    reason: str
    targets: tuple[AssetKey, ...]
    meets: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlannedSensor:
    """Runs when something happened. `kind` is watch, asset or python; `what` the pattern, key or reference."""

    name: str
    kind: Literal["watch", "asset", "python"]
    what: str
    selection: str
    every: int
    description: str
    reason: str
    targets: tuple[AssetKey, ...]
    meets: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlannedAlert:
    """A message to people."""

    name: str
    when: str
    slack: str | None
    webhook: str | None
    selection: str | None
    description: str
    reason: str
    meets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Requirement:
    """One requirement and the lines of the blueprint that meet it, such as `assets/staging/orders`."""

    id: str
    text: str
    met_by: tuple[str, ...]


@dataclass(frozen=True)
class Variable:
    """An environment variable that the project reads."""

    name: str
    default: str | None
    used_by: tuple[str, ...]
    secret: bool


@dataclass(frozen=True)
class Plan:
    """All that will be built. Pure data: the same blueprint and files give the same plan."""

    name: str
    description: str
    timezone: str
    dialect: str
    warehouse: str
    assets: tuple[PlannedAsset, ...]
    schedules: tuple[PlannedSchedule, ...]
    sensors: tuple[PlannedSensor, ...]
    alerts: tuple[PlannedAlert, ...]
    requirements: tuple[Requirement, ...]
    variables: tuple[Variable, ...]
    notes: tuple[str, ...] = ()

    @property
    def tests(self) -> tuple[str, ...]:
        """Every test of the project once, as pytest names it."""
        from dagway.prototype.planning.tests import PROJECT_TESTS

        return (*PROJECT_TESTS, *dict.fromkeys(test for asset in self.assets for test in asset.tests))

    @property
    def unmet(self) -> tuple[str, ...]:
        """The requirements that no line meets, by number."""
        return tuple(requirement.id for requirement in self.requirements if not requirement.met_by)

    def asset(self, key: AssetKey) -> PlannedAsset:
        """The asset of that key.

        Raises:
            KeyError: there is none.
        """
        for asset in self.assets:
            if asset.key == key:
                return asset
        raise KeyError(slash(key))

    def to_json(self) -> dict[str, Any]:
        """The plan as JSON's own types, keys as `staging/orders`."""
        from dagway.prototype.planning.codec import write

        return write(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plan:
        """The plan that `to_json` gave.

        Raises:
            KeyError, TypeError: it is another shape.
        """
        from dagway.prototype.planning.codec import read

        return read(data)
