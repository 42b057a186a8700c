"""Where a launch stands, kept up with what is said. Pure: sayings in, a picture out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dagway.launch.saying import (
    CANCELED,
    FAILURE,
    SUCCESS,
    Failure,
    RunCreated,
    RunEnded,
    RunEvent,
    Saying,
    Step,
)

WAITING, RUNNING, DONE, FAILED, SKIPPED, RETRYING = (
    "waiting",
    "running",
    "done",
    "failed",
    "skipped",
    "retrying",
)
STOPPED, NOT_RUN = "canceled", "not run"
_BECOMES = {
    "STEP_WORKER_STARTING": RUNNING,
    "STEP_START": RUNNING,
    "STEP_RESTARTED": RUNNING,
    "STEP_SUCCESS": DONE,
    "STEP_FAILURE": FAILED,
    "STEP_SKIPPED": SKIPPED,
    "STEP_UP_FOR_RETRY": RETRYING,
}
_OVER = {DONE, FAILED, SKIPPED}
#: What a step fails with where its run is being canceled.
_INTERRUPTED = "dagster._core.errors.DagsterExecutionInterruptedError"


@dataclass
class StepState:
    """How far a step is.

    Attributes:
        began, ended: seconds since the epoch; None before.
        retries: how often it was tried again.
        materialized: what it materialized: asset keys with slashes, and their partitions.
    """

    key: str
    needs: tuple[str, ...] = ()
    status: str = WAITING
    began: float | None = None
    ended: float | None = None
    retries: int = 0
    failure: Failure | None = None
    materialized: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    checks: list[RunEvent] = field(default_factory=list[RunEvent])

    def seconds(self, now: float) -> float | None:
        """What it has taken until its end, or so far."""
        return None if self.began is None else max(0.0, (self.ended or now) - self.began)

    def hear(self, event: RunEvent) -> None:
        """Takes in one of its events."""
        self.status = _BECOMES.get(event.type, self.status)
        match event.type:
            case "STEP_START":
                self.began, self.ended = event.time, None
            case "STEP_UP_FOR_RETRY":
                self.retries += 1
            case "ASSET_MATERIALIZATION":
                self.materialized.append((event.asset, event.partition))
            case "ASSET_CHECK_EVALUATION":
                self.checks.append(event)
            case _:
                pass
        if self.status in _OVER and self.ended is None:
            self.ended = event.time
        if event.type == "STEP_FAILURE" and event.failure and event.failure.message.startswith(_INTERRUPTED):
            self.status = STOPPED
        elif event.type == "STEP_FAILURE":
            self.failure = event.failure or Failure(event.message)


@dataclass
class RunState:
    """How far a run is.

    Attributes:
        created: what was said of it.
        status: how it ended; empty before.
        failure: why it failed, where no step is to blame.
    """

    created: RunCreated
    steps: dict[str, StepState]
    status: str = ""
    ended: float | None = None
    failure: Failure | None = None

    @classmethod
    def of(cls, created: RunCreated) -> RunState:
        """At its beginning. What a dynamic output will make of a step is not known yet."""
        return cls(created, {step.key: StepState(step.key, _known(step)) for step in created.steps})

    @property
    def succeeded(self) -> bool:
        return self.status == SUCCESS

    def seconds(self, now: float) -> float:
        """What it has taken until its end, or so far."""
        return max(0.0, (self.ended or now) - self.created.time)

    def count(self, *statuses: str) -> int:
        """How many steps stand so."""
        return sum(step.status in statuses for step in self.shown())

    def shown(self) -> list[StepState]:
        """The steps; of a dynamic one those that it has become, once it has."""
        made = {key.partition("[")[0] for key in self.steps if "[" in key and "[?]" not in key}
        return [
            step for key, step in self.steps.items() if "[?]" not in key or key.partition("[")[0] not in made
        ]

    def hear(self, event: RunEvent) -> None:
        """Takes in one of its events."""
        if event.step:
            if event.step not in self.steps:
                self.steps[event.step] = StepState(event.step, self._needs(event.step))
            self.steps[event.step].hear(event)
        elif event.type in {"PIPELINE_FAILURE", "PIPELINE_CANCELED"} and event.failure:
            self.failure = event.failure
        elif event.type == "PIPELINE_FAILURE":
            self.failure = Failure(event.message)

    def end(self, ended: RunEnded) -> None:
        """No step goes on."""
        self.status, self.ended = ended.status, ended.time
        for step in self.steps.values():
            if step.status in {RUNNING, RETRYING}:
                step.status = STOPPED if ended.status == CANCELED else FAILED
                step.ended = ended.time
            elif step.status == WAITING:
                step.status = NOT_RUN

    def failures(self) -> list[tuple[str, Failure]]:
        """What failed, by step; by the empty name where it was the run itself."""
        found = [(step.key, step.failure) for step in self.steps.values() if step.failure]
        if not found and self.failure and self.status == FAILURE:
            return [("", self.failure)]
        return found

    def _needs(self, key: str) -> tuple[str, ...]:
        planned = self.steps.get(f"{key.partition('[')[0]}[?]")
        return planned.needs if planned else ()


def _known(step: Step) -> tuple[str, ...]:
    return tuple(need for need in step.needs if need != step.key)


@dataclass
class Progress:
    """A launch so far: its runs in their order."""

    runs: list[RunState] = field(default_factory=list[RunState])

    @property
    def current(self) -> RunState | None:
        """The run that is under way, or the last one."""
        return self.runs[-1] if self.runs else None

    @property
    def succeeded(self) -> bool:
        """Whether all runs that there are to be have, and well."""
        return (
            bool(self.runs)
            and self.runs[0].created.of == len(self.runs)
            and all(run.succeeded for run in self.runs)
        )

    def hear(self, saying: Saying) -> None:
        """Takes in what is said."""
        if isinstance(saying, RunCreated):
            self.runs.append(RunState.of(saying))
        elif isinstance(saying, RunEvent | RunEnded):
            for run in self.runs:
                if run.created.run_id == saying.run_id:
                    run.hear(saying) if isinstance(saying, RunEvent) else run.end(saying)

    def to_json(self) -> dict[str, Any]:
        """The result as plain data."""
        return {"success": self.succeeded, "runs": [_run(run) for run in self.runs]}


def _run(run: RunState) -> Mapping[str, Any]:
    created = run.created
    return {
        "run_id": created.run_id,
        "job": created.job,
        "partition": created.partition or None,
        "url": created.url or None,
        "status": run.status or None,
        "seconds": round(run.seconds(created.time), 3) if run.ended else None,
        "steps": [_step(step) for step in run.shown()],
        "error": None if run.succeeded or not run.failure else _failure(run.failure),
    }


def _step(step: StepState) -> Mapping[str, Any]:
    seconds = step.seconds(step.ended) if step.ended else None
    return {
        "key": step.key,
        "status": step.status,
        "seconds": None if seconds is None else round(seconds, 3),
        "retries": step.retries,
        "materializations": [{"asset": key, "partition": part or None} for key, part in step.materialized],
        "checks": [
            {"asset": check.asset, "check": check.check, "passed": check.passed, "severity": check.severity}
            for check in step.checks
        ],
        "error": _failure(step.failure) if step.failure else None,
    }


def _failure(failure: Failure) -> Mapping[str, Any]:
    return {"message": failure.message, "place": failure.place, "code": failure.code, "stack": failure.stack}
