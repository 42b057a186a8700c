"""Sets off each alert of the project by a real event, and looks at what the local receiver got.

The events happen on an instance of their own: runs that fail on purpose do not belong among the project's.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast
from unittest import mock

import dagster as dg

from dagway.components.jobs import selected
from dagway.project.model import Project
from dagway.prototype.model import Plan, PlannedAlert
from dagway.prototype.prove.causes import cause
from dagway.prototype.prove.materialize import QUIET
from dagway.prototype.prove.model import AlertEvidence
from dagway.prototype.prove.simulated import Receivers
from dagway.prototype.prove.verdict_outward import sensors_of

PROBE = "dagway_alert_probe"
MOST_SHOWN = 2000
Event = Callable[[dg.AssetKey, dg.DagsterInstance], None]


def prove(
    project: Project, plan: Plan | None, repository: dg.RepositoryDefinition, receivers: Receivers
) -> tuple[AlertEvidence, ...]:
    """Each alert of the plan that the project has: set off once, and looked for at its receiver."""
    known = {sensor.name for sensor in project.sensors}
    alerts = [(alert, name) for alert in (plan.alerts if plan else ()) for name in sensors_of(alert)]
    found = [(alert, name) for alert, name in alerts if name in known]
    if not found:
        return ()
    with dg.DagsterInstance.local_temp() as instance, _demo():
        return tuple(_prove(alert, name, repository, instance, receivers) for alert, name in found)


@contextmanager
def _demo() -> Generator[None]:
    """Within this block, alerts go to the local receivers, whatever the environment is."""
    with mock.patch.dict(os.environ, {"DAGWAY_DEMO": "1"}):
        yield


def _prove(
    alert: PlannedAlert,
    name: str,
    repository: dg.RepositoryDefinition,
    instance: dg.DagsterInstance,
    receivers: Receivers,
) -> AlertEvidence:
    started = time.perf_counter()
    inbox = receivers.slack.messages if alert.slack and name == alert.name else receivers.webhook.messages
    before, error = len(inbox), None
    try:
        key = _target(alert, repository)
        if key is None:
            return AlertEvidence(name, False, _about_nothing(alert))
        cursor = _tick(name, repository, instance, None)
        EVENTS[alert.when](key, instance)
        _tick(name, repository, instance, cursor)
    # The sensor's own code may fail in any way: that is what the evidence has to say.
    except Exception as problem:
        error = f"its sensor fails: {cause(problem)}"
    seconds = round(time.perf_counter() - started, 3)
    if error or len(inbox) == before:
        return AlertEvidence(name, False, error or "nothing arrived at the receiver", seconds=seconds)
    return _received(alert, name, inbox[-1], seconds)


def _received(alert: PlannedAlert, name: str, message: Mapping[str, Any], seconds: float) -> AlertEvidence:
    channel = message.get("channel")
    told = f"{WORDS[alert.when]}, and the message arrived {f'in {channel}' if channel else 'at the webhook'}"
    if alert.slack and name == alert.name and channel != alert.slack:
        return AlertEvidence(name, False, f"{told}, which should be {alert.slack}", channel, seconds=seconds)
    text = str(message.get("text", ""))[:MOST_SHOWN]
    return AlertEvidence(name, True, f"{told}, in {seconds:.1f} s", channel, text, seconds)


def _target(alert: PlannedAlert, repository: dg.RepositoryDefinition) -> dg.AssetKey | None:
    """An asset that the alert is about, one with a freshness policy where that matters; None if there is none."""
    graph = repository.asset_graph
    keys: Sequence[dg.AssetKey] = list(graph.toposorted_asset_keys)
    if alert.selection:
        definitions = list(repository.assets_defs_by_key.values())
        selection: Any = selected(alert.selection, alert.name)
        chosen: set[dg.AssetKey] = set(selection.resolve(definitions))
        keys = [key for key in keys if key in chosen]
    fresh = [key for key in keys if graph.get(key).freshness_policy] if alert.when == "freshness" else keys
    return fresh[0] if fresh else None


def _about_nothing(alert: PlannedAlert) -> str:
    policy = " with a freshness policy" if alert.when == "freshness" else ""
    chosen = f" that {alert.selection} selects" if alert.selection else ""
    return f"the project has no asset{policy}{chosen}: nothing could ever set it off"


def _tick(
    name: str, repository: dg.RepositoryDefinition, instance: dg.DagsterInstance, cursor: str | None
) -> str | None:
    sensor = repository.get_sensor_def(name)
    with dg.build_sensor_context(
        instance=instance, cursor=cursor, repository_def=repository, sensor_name=name
    ) as context:
        answer = sensor.evaluate_tick(context)
    for reaction in answer.dagster_run_reactions or ():
        if reaction.error is not None:
            raise RuntimeError((reaction.error.cause or reaction.error).message)
    return answer.cursor


def _run(key: dg.AssetKey, instance: dg.DagsterInstance, *, fails: bool) -> None:
    @dg.asset(key=key)
    def probe() -> None:
        if fails:
            raise dg.Failure(f"{PROBE}: this run fails on purpose, to set off the alert.")

    _execute(probe, instance)


def _execute(probe: dg.AssetsDefinition, instance: dg.DagsterInstance) -> None:
    """As a job with a name: the message tells it."""
    define = cast("Any", dg).define_asset_job  # its type is partly open
    definitions = dg.Definitions(assets=[probe], jobs=[define(PROBE, selection=[probe])])
    definitions.resolve_job_def(PROBE).execute_in_process(
        instance=instance, raise_on_error=False, run_config=QUIET
    )


def _fail(key: dg.AssetKey, instance: dg.DagsterInstance) -> None:
    _run(key, instance, fails=True)


def _succeed(key: dg.AssetKey, instance: dg.DagsterInstance) -> None:
    _run(key, instance, fails=False)


def _fail_check(key: dg.AssetKey, instance: dg.DagsterInstance) -> None:
    @dg.asset(key=key, check_specs=[dg.AssetCheckSpec(PROBE, asset=key)])
    def probe():
        failed = dg.AssetCheckResult(passed=False, description="It fails on purpose, to set off the alert.")
        return dg.MaterializeResult[Any](check_results=[failed])

    _execute(probe, instance)


def _nothing(key: dg.AssetKey, instance: dg.DagsterInstance) -> None:
    """On an instance without runs every asset with a freshness policy is stale."""


EVENTS: Mapping[str, Event] = {
    "run_failure": _fail,
    "run_success": _succeed,
    "check_failure": _fail_check,
    "freshness": _nothing,
}
WORDS = {
    "run_failure": "a run failed",
    "run_success": "a run succeeded",
    "check_failure": "a check failed",
    "freshness": "an asset was stale",
}
