"""What automation conditions ask for: evaluated as the daemon would, after the runs and once something changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import dagster as dg

from dagway.components.environment import is_demo
from dagway.prototype.prove.causes import cause
from dagway.prototype.prove.model import SensorEvidence
from dagway.prototype.prove.numbers import counted, some
from dagway.prototype.prove.updates import Trial


def evaluate(
    sensor: dg.AutomationConditionSensorDefinition,
    targets: tuple[str, ...],
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    now: datetime,
) -> SensorEvidence:
    """What every condition that the sensor watches asks for: now, and once something changed. Starts no run.

    Args:
        definitions: all of the project: conditions look at what is upstream.
        instance: it gets events that never happened, so it is a copy.
    """
    kind = sensor.sensor_type.value
    try:
        trial = Trial(definitions, sensor.asset_selection, instance, now)
        asked = {_name(key): number for key, number in trial.evaluate(now).items()}
        asks = {_name(key): what for key, what in trial.asks().items()}
    # A condition's own code may fail in any way: that is what the evidence has to say.
    except Exception as error:
        said = f"its evaluation fails: {cause(error)}"
        return SensorEvidence(sensor.name, kind, False, said, targets)
    summary = f"{_answer(asked, asks)}; {_state(sensor)}"
    return SensorEvidence(sensor.name, kind, True, summary, targets, asked, asks)


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


def _answer(asked: Mapping[str, int], asks: Mapping[str, str]) -> str:
    """`evaluated 3 conditions: after the runs nothing more is asked for; once …, for a, b`."""
    requested = [key for key, number in asked.items() if number]
    more = f"more is asked for {some(requested)}" if requested else "nothing more is asked for"
    parts = [f"after the runs {more}"]
    parts += [
        f"{what}, for {some(key for key, found in asks.items() if found == what)}"
        for what in dict.fromkeys(asks.values())
    ]
    if silent := asked.keys() - asks.keys():
        parts.append(f"never for {some(silent)}")
    return f"evaluated {counted(len(asked), 'condition')}: {'; '.join(parts)}"


def _state(sensor: dg.AutomationConditionSensorDefinition) -> str:
    if sensor.default_status == dg.DefaultSensorStatus.RUNNING:
        return "it runs once deployed"
    if is_demo():
        return "it is off here because in demo mode nothing runs by itself"
    return "it is off until somebody switches it on in Dagster's UI"
