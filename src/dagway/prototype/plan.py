"""From a blueprint to the plan: what will be built for each line, and why. Pure, and without importing Dagster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from dagway.blueprint.load import LoadedBlueprint, examine
from dagway.blueprint.mistake import BlueprintErrors
from dagway.blueprint.page import read
from dagway.prototype.model import AssetKey, Plan, PlannedAsset
from dagway.prototype.planning.automation import Triggers, automation, conditions_of, triggers_of
from dagway.prototype.planning.columns import KnownColumns, known_columns
from dagway.prototype.planning.functions import unwritten
from dagway.prototype.planning.lines import Lines, mistakes_of_overlays, plan_lines
from dagway.prototype.planning.notes import absent_columns, plan_notes
from dagway.prototype.planning.requirements import plan_requirements
from dagway.prototype.planning.scope import Scope
from dagway.prototype.planning.tests import functions_of_tests, tests_of
from dagway.prototype.planning.variables import plan_variables

__all__ = ["load_and_plan", "plan"]


def load_and_plan(path: Path, environment: str | None = None) -> tuple[LoadedBlueprint, Plan]:
    """A blueprint from its file, and its plan.

    Args:
        environment: as for `plan`.

    Raises:
        BlueprintErrors: every mistake, those of the file and those that only show when its lines are put together.
        DagwayError: no environment has that name.
    """
    return plan_of_text(read(path), path, environment)


def plan_of_text(text: str, path: Path, environment: str | None = None) -> tuple[LoadedBlueprint, Plan]:
    """As `load_and_plan`, of a text as if it stood at `path`."""
    found = examine(text, path)
    if found.loaded is None:
        raise BlueprintErrors(found.mistakes)
    try:
        planned = plan(found.loaded, environment)
    except BlueprintErrors as error:
        raise BlueprintErrors((*found.mistakes, *error.mistakes)) from None
    if found.mistakes:
        raise BlueprintErrors(found.mistakes)
    return found.loaded, planned


def plan(loaded: LoadedBlueprint, environment: str | None = None) -> Plan:
    """What will be built for each line of a blueprint, in the blueprint's order.

    Args:
        environment: the overlay to plan with; None means the blueprint as it stands, and that every overlay is checked.

    Raises:
        BlueprintErrors: every mistake that only shows when the lines are put together.
        DagwayError: no environment has that name.
    """
    scope = Scope.of(loaded, environment)
    lines = plan_lines(scope)
    mistakes = scope.mistakes
    if environment is None:
        mistakes += mistakes_of_overlays(loaded, lines, mistakes)
    if lines is None or mistakes:
        raise BlueprintErrors(mistakes)
    return _plan(scope, lines)


def _plan(scope: Scope, lines: Lines) -> Plan:
    blueprint = scope.blueprint
    triggers = triggers_of([*lines.schedules, *lines.sensors])
    known = known_columns(lines.ordered, lines.dialect)
    assets = _finished(scope, lines, known, triggers)
    requirements = plan_requirements(blueprint, {one.key for one in assets if not one.buildable})
    return Plan(
        name=blueprint.name,
        description=blueprint.description,
        timezone=blueprint.timezone,
        dialect=lines.dialect,
        warehouse=lines.warehouse,
        assets=assets,
        schedules=lines.schedules,
        sensors=lines.sensors,
        alerts=lines.alerts,
        requirements=requirements,
        variables=plan_variables(blueprint),
        notes=(
            *absent_columns(known),
            *plan_notes(blueprint, lines, assets, requirements, triggers),
            *unwritten(scope),
        ),
    )


def _finished(
    scope: Scope, lines: Lines, known: Mapping[AssetKey, KnownColumns], triggers: Triggers
) -> tuple[PlannedAsset, ...]:
    """Every asset with its columns, and with what runs it."""
    conditions = conditions_of(scope.blueprint)
    functions = functions_of_tests(lines.assets)
    return tuple(
        replace(
            asset,
            columns=known[asset.key].columns,
            lineage=known[asset.key].lineage,
            tests=tests_of(scope.loaded.blueprint, asset, functions),
            automation=automation(asset, conditions.get(asset.key), triggers),
        )
        for asset in lines.assets
    )
