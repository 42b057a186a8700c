"""A launch in lines: what is worth a line, and how the result is told. For a terminal and for a file alike."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagway.launch.progress import DONE, FAILED, NOT_RUN, RETRYING, RUNNING, SKIPPED, STOPPED, WAITING
from dagway.launch.saying import LOG, Failure, Loaded, Notice, Output, RunCreated, RunEnded, RunEvent, Saying

if TYPE_CHECKING:
    from dagway.launch.progress import Progress, RunState

STYLES = {
    WAITING: "dim",
    RUNNING: "cyan",
    DONE: "green",
    FAILED: "bold red",
    SKIPPED: "dim",
    RETRYING: "yellow",
    STOPPED: "yellow",
    NOT_RUN: "dim",
}
#: Events that get a line, and what it says.
_WORDS = {
    "STEP_START": "started",
    "STEP_SKIPPED": "skipped",
    "STEP_RESTARTED": "started again",
    "PIPELINE_ENQUEUED": "queued",
    "PIPELINE_CANCELING": "canceling",
}
_LEVELS = {"WARNING": "yellow", "ERROR": "red", "CRITICAL": "bold red"}
_SHOWN_ID = 8
Line = tuple[str, str]


def lines(saying: Saying, progress: Progress, *, steps: bool) -> Iterator[Line]:
    """What a saying is worth: text and its style.

    Args:
        progress: which has heard it.
        steps: whether the beginning and the end of steps are told; a tree that is alive shows them itself.
    """
    match saying:
        case Output(text):
            yield text, ""
        case Notice(message):
            yield f"note: {message}", "yellow"
        case Loaded(project, seconds):
            yield f"loaded {project} in {seconds:.2f} s", "dim"
        case RunCreated():
            yield title(saying), "bold"
        case RunEvent():
            run = next((one for one in progress.runs if one.created.run_id == saying.run_id), None)
            if run is not None:
                yield from _of_event(saying, run, steps=steps)
        case RunEnded():
            pass
        case _:
            pass


def title(created: RunCreated) -> str:
    """A run in one line."""
    name = "" if created.job.startswith("__") else f"{created.job}  "
    partition = f"partition {created.partition}  " if created.partition else ""
    number = f"{created.number} of {created.of}  " if created.of > 1 else ""
    count = len(created.steps)
    return (
        f"run {created.run_id[:_SHOWN_ID]}  {number}{name}{partition}{count} step{'s' if count != 1 else ''}"
    )


def _of_event(event: RunEvent, run: RunState, *, steps: bool) -> Iterator[Line]:
    at = f"{max(0.0, event.time - run.created.time):7.2f} s  "
    who = f"{event.step or 'run'}  "
    if event.type == LOG:
        if event.level != "DEBUG":
            yield f"{at}{who}{event.level}  {event.message}", _LEVELS.get(event.level, "")
    elif event.type == "STEP_FAILURE":
        if steps:
            status = run.steps[event.step].status
            why = _why(event.failure) if status == FAILED else ""
            yield f"{at}{who}{status}{_taken(event, run)}{why}", STYLES[status]
    elif event.type == "STEP_UP_FOR_RETRY":
        yield f"{at}{who}to be tried again{_why(event.failure)}", STYLES[RETRYING]
    elif event.type == "STEP_SUCCESS":
        if steps:
            yield f"{at}{who}done{_taken(event, run)}", STYLES[DONE]
    elif event.type == "ASSET_CHECK_EVALUATION":
        if steps or not event.passed:
            yield f"{at}{who}{_check(event)}", "" if event.passed else _check_style(event)
    elif event.type in _WORDS and (steps or not event.step):
        yield f"{at}{who}{_WORDS[event.type]}", "dim"


def _taken(event: RunEvent, run: RunState) -> str:
    seconds = run.steps[event.step].seconds(event.time)
    return "" if seconds is None else f" in {seconds:.2f} s"


def _why(failure: Failure | None) -> str:
    return f": {failure.message.splitlines()[0]}" if failure and failure.message else ""


def _check(event: RunEvent) -> str:
    return f"check {event.check} of {event.asset} {'passed' if event.passed else 'did not pass'}"


def _check_style(event: RunEvent) -> str:
    return "yellow" if event.severity == "WARN" else "red"


def result(progress: Progress) -> Iterator[Line]:
    """What failed, and the sum of it."""
    for run in progress.runs:
        for step, failure in run.failures():
            yield (
                f"failed: {step or f'run {run.created.run_id[:_SHOWN_ID]}'}{_of_run(progress, run)}",
                STYLES[FAILED],
            )
            yield from ((f"  {line}", "") for line in failure.message.splitlines() if line.strip())
            if failure.place:
                yield f"  {failure.place}: {failure.code}", "bold"
    for run in progress.runs:
        yield summary(run), "green" if run.succeeded else "yellow" if not run.failures() else "red"
    planned = progress.runs[0].created.of if progress.runs else 0
    if planned > 1:
        good = sum(run.succeeded for run in progress.runs)
        yield f"{good} of {planned} runs succeeded", "green" if good == planned else "red"


def _of_run(progress: Progress, run: RunState) -> str:
    return f"  (partition {run.created.partition})" if len(progress.runs) > 1 else ""


def summary(run: RunState) -> str:
    """How a run ended, in one line."""
    counts = [
        f"{count} {word}"
        for status, word in (
            (DONE, "succeeded"),
            (FAILED, "failed"),
            (STOPPED, "canceled"),
            (SKIPPED, "skipped"),
            (NOT_RUN, "not run"),
        )
        if (count := run.count(status))
    ]
    status = run.status.lower() or "unknown"
    number = len(run.shown())
    of = f" of {number} step{'s' if number != 1 else ''}"
    parts = f"{counts[0]}{of}{''.join(f', {part}' for part in counts[1:])}" if counts else f"no step{of}"
    url = f"  {run.created.url}" if run.created.url else ""
    return f"run {run.created.run_id[:_SHOWN_ID]} {status}: {parts}, in {run.seconds(time.time()):.2f} s{url}"
