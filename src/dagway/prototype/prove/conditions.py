"""What automation conditions ask for: evaluated now, as the daemon would, on the instance that has the runs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import dagster as dg

from dagway.prototype.prove.causes import cause
from dagway.prototype.prove.model import SensorEvidence
from dagway.prototype.prove.numbers import counted, some


def evaluate(
    sensor: dg.AutomationConditionSensorDefinition,
    targets: tuple[str, ...],
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    now: datetime,
) -> SensorEvidence:
    """One evaluation of every condition that the sensor watches. Requests no run.

    Args:
        definitions: all of the project: conditions look at what is upstream.
    """
    kind = sensor.sensor_type.value
    try:
        selection: Any = sensor.asset_selection
        answer: Any = dg.evaluate_automation_conditions(
            definitions, instance, asset_selection=selection, evaluation_time=now
        )
        asked = {_name(item.key): int(answer.get_num_requested(item.key)) for item in answer.results}
    # A condition's own code may fail in any way: that is what the evidence has to say.
    except Exception as error:
        said = f"its evaluation fails: {cause(error)}"
        return SensorEvidence(sensor.name, kind, False, said, targets)
    summary = f"{_answer(asked)}; it {_state(sensor)}"
    return SensorEvidence(sensor.name, kind, True, summary, targets, asked)


def definitions_of(repository: dg.RepositoryDefinition) -> dg.Definitions:
    """The assets and checks of a loaded repository, each definition once: an asset's step may compute its checks."""
    assets = {id(item): item for item in repository.assets_defs_by_key.values()}
    covered = {key for item in assets.values() for key in item.check_keys}
    # The repository makes a definition anew for each of its checks: those that check the same are one.
    checks = {
        frozenset(item.check_keys): item
        for key, item in repository.asset_checks_defs_by_key.items()
        if key not in covered
    }
    return dg.Definitions(assets=list(assets.values()), asset_checks=list(checks.values()))


def _name(key: Any) -> str:
    return key.to_user_string()


def _answer(asked: dict[str, int]) -> str:
    evaluated = f"evaluated {counted(len(asked), 'condition')} after the runs"
    requested = [key for key, number in asked.items() if number]
    if not requested:
        return f"{evaluated}, which ask for nothing more"
    return f"{evaluated}, which ask for {some(requested)}"


def _state(sensor: dg.AutomationConditionSensorDefinition) -> str:
    running = sensor.default_status == dg.DefaultSensorStatus.RUNNING
    return "runs once deployed" if running else "is off until it is switched on in the UI"
