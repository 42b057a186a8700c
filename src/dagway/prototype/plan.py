"""From a blueprint to the plan: what will be built for each line, and why. Pure, and without importing Dagster."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dagway.blueprint.load import LoadedBlueprint
from dagway.blueprint.mistake import BlueprintErrors
from dagway.prototype.model import Plan, PlannedAsset
from dagway.prototype.planning.automation import automation, conditions_of, triggers_of
from dagway.prototype.planning.columns import with_columns
from dagway.prototype.planning.exports import plan_exports
from dagway.prototype.planning.functions import plan_function, unwritten
from dagway.prototype.planning.named_columns import check_columns
from dagway.prototype.planning.notes import plan_notes
from dagway.prototype.planning.order import in_order
from dagway.prototype.planning.queries import plan_query
from dagway.prototype.planning.requirements import plan_requirements
from dagway.prototype.planning.scope import Scope
from dagway.prototype.planning.selection import Graph
from dagway.prototype.planning.sources import plan_sources
from dagway.prototype.planning.triggers import plan_alerts, plan_schedules, plan_sensors
from dagway.prototype.planning.variables import plan_variables

__all__ = ["plan"]


def plan(loaded: LoadedBlueprint, environment: str | None = None) -> Plan:
    """What will be built for each line of a blueprint, in the blueprint's order.

    Args:
        environment: the overlay to plan with; None means the blueprint as it stands.

    Raises:
        BlueprintErrors: every mistake that only shows when the lines are put together.
        DagwayError: no environment has that name.
    """
    blueprint = loaded.in_environment(environment)
    scope = Scope(loaded, blueprint, loaded.trees.get(environment or "", loaded.root))
    warehouse, dialect = scope.warehouse, scope.dialect
    lines = [*plan_sources(scope), *_assets(scope), *plan_exports(scope)]
    ordered = in_order(scope, lines)
    check_columns(scope, lines)
    _stop(scope)
    known = with_columns(ordered, dialect)
    graph = Graph.of(known[line.key] for line in lines)
    schedules, sensors = tuple(plan_schedules(scope, graph)), tuple(plan_sensors(scope, graph))
    alerts = tuple(plan_alerts(scope, graph))
    _stop(scope)
    triggers, conditions = triggers_of([*schedules, *sensors]), conditions_of(scope.blueprint)
    assets = tuple(
        replace(known[line.key], automation=automation(line, conditions.get(line.key), triggers))
        for line in lines
    )
    requirements = plan_requirements(scope.blueprint, {one.key for one in assets if not one.buildable})
    return Plan(
        name=scope.blueprint.name,
        description=scope.blueprint.description,
        timezone=scope.blueprint.timezone,
        dialect=dialect,
        warehouse=warehouse,
        assets=assets,
        schedules=schedules,
        sensors=sensors,
        alerts=alerts,
        requirements=requirements,
        variables=plan_variables(scope.blueprint),
        notes=(*plan_notes(scope.blueprint, assets, schedules, requirements, triggers), *unwritten(scope)),
    )


def _stop(scope: Scope) -> None:
    """All mistakes so far at once: what follows would only repeat them."""
    if scope.mistakes:
        raise BlueprintErrors(scope.mistakes)


def _assets(scope: Scope) -> Iterator[PlannedAsset]:
    for written, asset in scope.blueprint.assets.items():
        key = tuple(written.split("/"))
        if asset.python is not None:
            yield plan_function(scope, key, asset, asset.python)
        elif asset.sql is not None:
            yield plan_query(scope, key, asset, asset.sql)
