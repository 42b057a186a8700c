from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from dagway.project.model import Asset, Position, slash
from dagway.rules.loaded import LoadedProject
from dagway.rules.model import Problem
from dagway.rules.rule import rule


@rule("automation-sensor-stopped", severity="warning", kind="L")
def check(loaded: LoadedProject) -> Iterable[Problem]:
    """Conditions are never evaluated until somebody starts their sensor.

    What
        Assets carry an automation condition, and each sensor that evaluates them is stopped by default. Dagster's own
        `default_automation_condition_sensor` is. A sensor whose status is computed, say by environment, gets no finding.

    Why
        After a deployment nothing is automated until somebody remembers to switch it on, in each environment.

    Broken
        # file: definitions.py
        import dagster as dg


        @dg.asset(automation_condition=dg.AutomationCondition.on_cron("@daily"))
        def orders() -> None: ...


        defs = dg.Definitions(assets=[orders])

    Right
        # file: definitions.py
        import dagster as dg


        @dg.asset(automation_condition=dg.AutomationCondition.on_cron("@daily"))
        def orders() -> None: ...


        automation = dg.AutomationConditionSensorDefinition(
            "automation", target=dg.AssetSelection.all(), default_status=dg.DefaultSensorStatus.RUNNING
        )
        defs = dg.Definitions(assets=[orders], sensors=[automation])

    Source
        "Declarative automation": the prototype's step for conditions, with "enable the automation sensor" as a manual step.
    """
    evaluating = [sensor for sensor in loaded.project.sensors if sensor.evaluates]
    running = {key for sensor in evaluating if sensor.status == "RUNNING" for key in sensor.assets}
    waiting = {asset.key: asset for asset in loaded.defined if asset.automation and asset.key not in running}
    # A file may define hundreds of sensors: it is read once.
    computing: dict[Path, list[range]] = {}
    for sensor in evaluating:
        stopped = [waiting[key] for key in sensor.assets if key in waiting]
        if stopped and not _is_computed(sensor.position, computing):
            yield loaded.problem_named(
                sensor,
                f"is stopped by default, and evaluates the conditions of {_told(stopped)}",
                _SET if sensor.name != _DEFAULT else _REPLACE,
                otherwise=stopped[0].position,
            )


def _is_computed(position: Position | None, known: dict[Path, list[range]]) -> bool:
    """Whether the call that makes the sensor gives its status as anything but a plain `….STOPPED`."""
    if position is None or position.line is None or position.path.suffix != ".py":
        return False
    if position.path not in known:
        known[position.path] = list(_computing(position.path.read_text(encoding="utf-8")))
    return any(position.line in lines for lines in known[position.path])


def _computing(text: str) -> Iterator[range]:
    """The lines of each call that gives a status so."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and any(map(_is_other, node.keywords)):
            yield range(node.lineno, (node.end_lineno or 0) + 1)


def _is_other(given: ast.keyword) -> bool:
    return given.arg == "default_status" and not ast.unparse(given.value).endswith(".STOPPED")


def _told(assets: list[Asset]) -> str:
    first = slash(assets[0].key)
    return f"{first} and {len(assets) - 1} more" if len(assets) > 1 else first


_DEFAULT = "default_automation_condition_sensor"
_SET = "Add default_status=DefaultSensorStatus.RUNNING"
_REPLACE = (
    "Define an `AutomationConditionSensorDefinition` with default_status=DefaultSensorStatus.RUNNING instead"
)
