"""Exports: which component writes the rows, and why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from dagway.blueprint.model import Export
from dagway.catalog import Integration
from dagway.prototype.model import AssetKey, PlannedAsset, slash
from dagway.prototype.planning.common import UNDECIDED, component_of, kinds_of, others, together
from dagway.prototype.planning.scope import Scope
from dagway.sql import table_name

GROUP = "exports"


def plan_exports(scope: Scope) -> Iterator[PlannedAsset]:
    """One asset for each export."""
    for name, export in scope.blueprint.exports.items():
        integration = scope.integration(export.integration, "export", "exports", name, "integration")
        source = tuple(export.from_.split("/"))
        if integration and integration.runs_syncs and not export.sync:
            scope.mistake(
                ("exports", name),
                f"the export `{name}` needs `sync`",
                f'write `sync: "123"`, the id of the sync of {integration.title} that reads the table',
            )
        elif integration:
            yield _export(scope, (GROUP, name), export, source, integration)


def _export(
    scope: Scope, key: AssetKey, export: Export, source: AssetKey, integration: Integration
) -> PlannedAsset:
    component = component_of(integration, "export")
    return PlannedAsset(
        key=key,
        role="export",
        how="component",
        component=component,
        reason=_reason(integration, component, export),
        integration=integration.name,
        alternatives=others(integration, "export"),
        naming=_naming(integration, component, source),
        description=export.description or f"Rows of {slash(source)} in {integration.title}",
        group=GROUP,
        owners=together(scope.blueprint.owners, export.owners),
        tags={**scope.blueprint.tags, **export.tags},
        kinds=kinds_of((), (integration.name, *_format(export))),
        automation=UNDECIDED,
        deps=(source,),
        meets=export.meets,
        buildable=component is not None,
    )


def _format(export: Export) -> tuple[str, ...]:
    """The format as said, or as the path ends."""
    written = export.format or PurePosixPath(export.path or "").suffix.removeprefix(".")
    return (written,) if written else ()


def _reason(integration: Integration, component: str | None, export: Export) -> str:
    if component and integration.runs_syncs:
        return f"{integration.title} reads the table itself: one declarative component runs its sync {export.sync} and waits"
    match component and component.rpartition(".")[2]:
        case "ObjectExport":
            return f"writing a table as a file is a common pattern: one declarative component puts it at {export.path}"
        case "TableExport":
            return f"writing a table to {integration.title} is a common pattern: one declarative component does it"
        case None:
            served = integration.component or integration.package
            instead = f"; {served} serves it in a project of your own" if served else ""
            return f"this version builds no export to {integration.title}{instead}"
        case other:
            return f"{other} is declarative and writes to {integration.title}"


def _naming(integration: Integration, component: str | None, source: AssetKey) -> str:
    if component is None or integration.runs_syncs:
        return f"{integration.title} reads the table {table_name(source)}"
    return f"it is read outside, by its address; the key under {GROUP}/ cannot hide {slash(source)}"
