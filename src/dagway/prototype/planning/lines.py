"""The lines of a plan and what runs them: all in which a blueprint can be mistaken, and nothing that takes long."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from dagway.blueprint.load import LoadedBlueprint
from dagway.blueprint.mistake import Mistake
from dagway.prototype.model import PlannedAlert, PlannedAsset, PlannedSchedule, PlannedSensor
from dagway.prototype.planning.differences import refuse_differences, refuse_other_sensors
from dagway.prototype.planning.exports import plan_exports
from dagway.prototype.planning.functions import plan_function
from dagway.prototype.planning.named_columns import check_columns
from dagway.prototype.planning.order import in_order
from dagway.prototype.planning.partitions import check_partitions
from dagway.prototype.planning.queries import plan_query
from dagway.prototype.planning.scope import Scope
from dagway.prototype.planning.selection import Graph
from dagway.prototype.planning.sources import plan_sources
from dagway.prototype.planning.triggers import plan_alerts, plan_schedules, plan_sensors


@dataclass(frozen=True)
class Lines:
    """What a blueprint's lines become, before columns and what runs each are known.

    Attributes:
        assets: in the blueprint's order; `ordered`: upstream before downstream.
    """

    warehouse: str
    dialect: str
    assets: tuple[PlannedAsset, ...]
    ordered: tuple[PlannedAsset, ...]
    graph: Graph
    schedules: tuple[PlannedSchedule, ...]
    sensors: tuple[PlannedSensor, ...]
    alerts: tuple[PlannedAlert, ...]


def plan_lines(scope: Scope) -> Lines | None:
    """Every line; None where there are mistakes, which are noted in the scope."""
    warehouse, dialect = scope.warehouse, scope.dialect
    assets = (*plan_sources(scope), *_assets(scope), *plan_exports(scope))
    ordered = in_order(scope, assets)
    check_columns(scope, assets)
    check_partitions(scope, assets)
    graph = Graph.of(assets, whole=not scope.mistakes)
    found = Lines(
        warehouse,
        dialect,
        assets,
        ordered,
        graph,
        tuple(plan_schedules(scope, graph)),
        tuple(plan_sensors(scope, graph)),
        tuple(plan_alerts(scope, graph)),
    )
    return None if scope.mistakes else found


def mistakes_of_overlays(
    loaded: LoadedBlueprint, base: Lines | None, known: Collection[Mistake]
) -> Iterator[Mistake]:
    """What is wrong in the lines of each environment and not known without it, with the environment's name.

    Args:
        base: the lines as they stand; None where they have mistakes, and are compared with none.
        known: the mistakes of those.
    """
    for name in loaded.trees:
        scope = Scope.of(loaded, name)
        lines = plan_lines(scope)
        if base and lines:
            refuse_differences(scope, base.assets, lines.assets)
            refuse_other_sensors(scope, base.sensors, lines.sensors)
        for mistake in scope.mistakes:
            if mistake not in known:
                yield replace(mistake, message=f"in the environment `{name}`: {mistake.message}")


def _assets(scope: Scope) -> Iterator[PlannedAsset]:
    for written, asset in scope.blueprint.assets.items():
        key = tuple(written.split("/"))
        if asset.python is not None:
            yield plan_function(scope, key, asset, asset.python)
        elif asset.sql is not None:
            yield plan_query(scope, key, asset, asset.sql)
