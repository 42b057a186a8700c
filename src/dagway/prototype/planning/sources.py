"""Source tables: which component reads them, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dagway.blueprint.model import Source
from dagway.catalog import Integration
from dagway.prototype.model import Column, PlannedAsset
from dagway.prototype.planning.checks import planned_checks
from dagway.prototype.planning.common import (
    UNDECIDED,
    columns_of,
    component_of,
    incremental_of,
    kinds_of,
    others,
    partitions_of,
    together,
)
from dagway.prototype.planning.naming import naming
from dagway.prototype.planning.queries import read_checks
from dagway.prototype.planning.scope import Scope
from dagway.sql import table_name


def plan_sources(scope: Scope) -> Iterator[PlannedAsset]:
    """One asset for each table of each source."""
    for name, source in scope.blueprint.sources.items():
        integration = scope.integration(source.integration, "source", "sources", name, "integration")
        if integration:
            serving = Serving.of(integration, name, len(source.tables))
            yield from (_table(scope, name, source, table, integration, serving) for table in source.tables)


@dataclass(frozen=True)
class Serving:
    """What serves a source's tables; the component is None where nothing does yet."""

    component: str | None
    reason: str
    alternatives: tuple[str, ...]

    @classmethod
    def of(cls, integration: Integration, name: str, tables: int) -> Serving:
        """The component for an integration, with the reason for it."""
        component = component_of(integration, "source")
        reason = _reason(integration, component, _counted(name, tables))
        return cls(component, reason, others(integration, "source"))


def _counted(name: str, tables: int) -> str:
    return f"the table of {name}" if tables == 1 else f"all {tables} tables of {name}"


def _reason(integration: Integration, component: str | None, tables: str) -> str:
    title = integration.title
    match component and component.rpartition(".")[2]:
        case "SqlTables":
            return (
                f"reading tables from {title} is a common pattern: one declarative component serves {tables}"
            )
        case "Files":
            return f"reading files is a common pattern: one declarative component serves {tables}"
        case "ExternalTables":
            starts = (
                f"; {integration.component} can start its syncs from Dagster" if integration.component else ""
            )
            return (
                f"{title} lands the tables itself: one declarative component checks that {tables} arrived and"
                f" records the rows{starts}"
            )
        case None:
            return _unserved(integration)
        case other:
            return f"{other} is declarative and serves {tables}"


def _unserved(integration: Integration) -> str:
    served = integration.component or integration.package
    instead = f"; {served} serves it in a project of your own" if served else ""
    return f"this version builds no source for {integration.title}{instead}"


def _table(
    scope: Scope, name: str, source: Source, table: str, integration: Integration, serving: Serving
) -> PlannedAsset:
    said, key = source.table(table), (name, table)
    checks = planned_checks(said.checks)
    read_checks(scope, said.checks, ("sources", name, "tables", table))
    return PlannedAsset(
        key=key,
        role="source",
        how="component",
        component=serving.component,
        reason=serving.reason,
        integration=integration.name,
        alternatives=serving.alternatives,
        naming=naming(key),
        description=said.description
        or f"The table {said.name or table} of {source.description or name}".rstrip("."),
        group=said.group or source.group or name,
        owners=together(scope.blueprint.owners, source.owners, said.owners),
        tags={**scope.blueprint.tags, **source.tags, **said.tags},
        kinds=kinds_of((*source.kinds, *said.kinds), (integration.name,)),
        automation=UNDECIDED,
        table=table_name(key),
        columns=columns_of(said.columns) or _of_demo(scope, key),
        checks=checks,
        partitions=partitions_of(said.partitions, source.partitions),
        incremental=incremental_of(said.incremental, source.incremental),
        freshness=said.freshness or source.freshness,
        meets=together(source.meets, said.meets),
        buildable=serving.component is not None,
    )


def _of_demo(scope: Scope, key: tuple[str, str]) -> tuple[Column, ...]:
    """The names that the table's demo file has; the types are the real table's affair."""
    return tuple(Column(name) for name in scope.loaded.demo_columns.get(key, ()))
