"""Sensors that notice what alerts are about, and tell it to a `send` function."""

# Dagster leaves parts of its decorators' types open.
# pyright: reportUnknownMemberType=false

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, cast

import dagster as dg

from dagway.components.alerts import evaluations
from dagway.components.alerts.message import Message
from dagway.components.freshness import staleness
from dagway.components.jobs import selected

When = Literal["run_failure", "run_success", "check_failure", "freshness"]
Send = Callable[[Message, Any], None]
RUNNING = dg.DefaultSensorStatus.RUNNING


@dataclass(frozen=True)
class Alert:
    """What to notice, of which assets, and whom to tell; `send` takes the message and the log."""

    name: str
    when: When
    selection: str | None
    description: str | None
    every: int
    send: Send

    def sensor(self) -> dg.SensorDefinition:
        """The sensor; it runs by default."""
        if self.when in {"run_failure", "run_success"}:
            return self._of_runs()
        look = self._checks if self.when == "check_failure" else self._freshness
        return dg.SensorDefinition(
            name=self.name,
            evaluation_fn=look,
            minimum_interval_seconds=self.every,
            description=self.description,
            default_status=RUNNING,
        )

    def _of_runs(self) -> dg.SensorDefinition:
        shared: dict[str, Any] = {
            "name": self.name,
            "minimum_interval_seconds": self.every,
            "description": self.description,
            "default_status": RUNNING,
        }
        if self.when == "run_success":
            on_success: Any = dg.run_status_sensor(run_status=dg.DagsterRunStatus.SUCCESS, **shared)

            def succeeded(context: dg.RunStatusSensorContext):
                return self._run(context, "Run succeeded", "")

            return on_success(succeeded)

        on_failure: Any = cast("Any", dg).run_failure_sensor(**shared)

        def failed(context: dg.RunFailureSensorContext):
            return self._run(context, "Run failed", _error(context))

        return on_failure(failed)

    def _run(self, context: dg.RunStatusSensorContext, what: str, error: str) -> dg.SkipReason | None:
        run = context.dagster_run
        assets = assets_of(context.instance, run)
        repository = context.repository_def
        if self.selection is not None and not assets & self._selected(repository):
            return dg.SkipReason("The run is of other assets.")
        message = Message(what, run.job_name, run.run_id, _keys(assets), owners_of(repository, assets), error)
        self.send(message, context.log)
        return None

    def _selected(self, repository: Any) -> set[dg.AssetKey]:
        definitions = list(repository.assets_defs_by_key.values())
        if self.selection is None:
            return {key for definition in definitions for key in definition.keys}
        found: Any = selected(self.selection, self.name)
        return set(found.resolve(definitions))

    def _checks(self, context: dg.SensorEvaluationContext) -> dg.SkipReason | None:
        """Failed checks since the last look; at the first look, what comes after it."""
        if not context.cursor:
            context.update_cursor(evaluations.Seen.nothing(context.instance).cursor())
            return dg.SkipReason("Looks for failed checks from now on.")
        seen = evaluations.Seen.of(context.cursor)
        wanted, told = self._selected(context.repository_def), 0
        for record in evaluations.after(context.instance, seen):
            message = _check_message(context.repository_def, record.event_log_entry, wanted)
            if message is not None:
                self.send(message, context.log)
                told += 1
            seen = seen.plus(record)
            context.update_cursor(seen.cursor())
        return None if told else dg.SkipReason("No check failed.")

    def _freshness(self, context: dg.SensorEvaluationContext) -> dg.SkipReason | None:
        """Assets that are older than their policy allows; each is told once, until it is fresh again."""
        told = set[str](json.loads(context.cursor or "[]"))
        stale = dict(_stale(context, self._selected(context.repository_def)))
        for key in sorted(stale.keys() - told):
            owners = owners_of(context.repository_def, {dg.AssetKey(key.split("/"))})
            self.send(Message("Asset is stale", assets=(key,), owners=owners, error=stale[key]), context.log)
        context.update_cursor(json.dumps(sorted(stale)))
        return None if stale.keys() - told else dg.SkipReason("No asset became stale.")


def _error(context: dg.RunFailureSensorContext) -> str:
    """The steps' own errors, each with its cause; the run's if no step failed."""
    texts: list[str] = []
    for event in context.get_step_failure_events():
        data = event.event_specific_data
        error = getattr(data, "error", None)
        cause = error.cause if error is not None else None
        text = (cause or error).message.strip() if error is not None else ""
        user = getattr(getattr(data, "user_failure_data", None), "description", None)
        texts.append(f"{event.step_key}: {user or text}")
    return "\n".join(texts) or (context.failure_event.message or "").strip()


def assets_of(instance: dg.DagsterInstance, run: dg.DagsterRun) -> set[dg.AssetKey]:
    """The assets that a run was to materialize; of a failed run, those it did not."""
    planned = _asset_keys(instance, run, dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED)
    if run.status != dg.DagsterRunStatus.FAILURE:
        return planned
    return planned - _asset_keys(instance, run, dg.DagsterEventType.ASSET_MATERIALIZATION) or planned


def _asset_keys(
    instance: dg.DagsterInstance, run: dg.DagsterRun, kind: dg.DagsterEventType
) -> set[dg.AssetKey]:
    entries = instance.all_logs(run.run_id, of_type=kind)
    keys = (entry.dagster_event.asset_key for entry in entries if entry.dagster_event)
    return {key for key in keys if key is not None}


def _keys(assets: Iterable[dg.AssetKey]) -> tuple[str, ...]:
    return tuple(sorted(key.to_user_string() for key in assets))


def owners_of(repository: Any, assets: Iterable[dg.AssetKey]) -> tuple[str, ...]:
    """Who answers for the assets, each once."""
    specs = (_spec(repository, key) for key in assets)
    return tuple(sorted({owner for spec in specs if spec for owner in spec.owners}))


def _spec(repository: Any, key: dg.AssetKey) -> dg.AssetSpec | None:
    definition = repository.assets_defs_by_key.get(key)
    return definition.get_asset_spec(key) if definition else None


def _check_message(repository: Any, entry: dg.EventLogEntry, wanted: set[dg.AssetKey]) -> Message | None:
    event = entry.dagster_event
    evaluation: Any = event.event_specific_data if event else None
    if evaluation is None or evaluation.passed or evaluation.asset_key not in wanted:
        return None
    severity = "warns" if evaluation.severity == dg.AssetCheckSeverity.WARN else "failed"
    return Message(
        f"Check {evaluation.check_name} {severity}",
        entry.job_name or "",
        entry.run_id,
        _keys([evaluation.asset_key]),
        owners_of(repository, [evaluation.asset_key]),
        evaluation.description or "",
    )


def _stale(context: dg.SensorEvaluationContext, keys: set[dg.AssetKey]) -> Iterator[tuple[str, str]]:
    now = datetime.now(UTC)
    for key in keys:
        spec = _spec(context.repository_def, key)
        if spec is None or spec.freshness_policy is None:
            continue
        event = context.instance.get_latest_materialization_event(key)
        last = datetime.fromtimestamp(event.timestamp, UTC) if event else None
        if why := staleness(spec.freshness_policy, last, now):
            yield key.to_user_string(), why
