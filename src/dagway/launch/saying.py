"""What a launch says while it goes on: frozen values, each of which is one line of JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

#: How a run can end.
SUCCESS, FAILURE, CANCELED = "SUCCESS", "FAILURE", "CANCELED"
OVER = frozenset({SUCCESS, FAILURE, CANCELED})
#: The type of an event that somebody logged, where Dagster's own have theirs.
LOG = "LOG"


@dataclass(frozen=True)
class Loaded:
    """The definitions are there.

    Attributes:
        project: the code location's name.
        seconds: what loading took.
    """

    project: str
    seconds: float


@dataclass(frozen=True)
class Notice:
    """Something to know that is no part of a run."""

    message: str


@dataclass(frozen=True)
class Output:
    """A line that a step, or the loading of the project, printed."""

    text: str


@dataclass(frozen=True)
class Step:
    """A step of a run, and the steps of the same run that it waits for."""

    key: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunCreated:
    """A run begins.

    Attributes:
        partition: its key, or the first and the last one with `...` between; empty without partitions.
        number: which of the runs of this launch it is, from 1.
        of: how many there are.
        time: seconds since the epoch.
        url: its page; empty where no platform shows it.
    """

    run_id: str
    job: str
    steps: tuple[Step, ...]
    partition: str
    number: int
    of: int
    time: float
    url: str = ""


@dataclass(frozen=True)
class Failure:
    """Why something failed.

    Attributes:
        message: the innermost cause, with its class.
        place: file and line of the project's own code that raised it; empty where none of it is among the callers.
        code: that line.
        stack: the whole traceback.
    """

    message: str
    place: str = ""
    code: str = ""
    stack: str = ""


@dataclass(frozen=True)
class RunEvent:
    """One event of a run's log.

    Attributes:
        time: seconds since the epoch.
        type: Dagster's name of it, such as `STEP_START`, or LOG.
        level: of its message, such as `INFO`.
        step: the step's key; empty where it concerns the run.
        asset: the asset that is materialized, observed or checked, with slashes.
        check: the asset check that was evaluated, and whether it passed; and how bad it is, `ERROR` or `WARN`.
    """

    run_id: str
    time: float
    type: str
    level: str
    message: str
    step: str = ""
    asset: str = ""
    partition: str = ""
    check: str = ""
    passed: bool = True
    severity: str = ""
    failure: Failure | None = None


@dataclass(frozen=True)
class RunEnded:
    """A run is over.

    Attributes:
        status: one of OVER.
        time: seconds since the epoch.
    """

    run_id: str
    status: str
    time: float


@dataclass(frozen=True)
class Refused:
    """Nothing was run: an error that the user can mend."""

    message: str
    remedy: str


@dataclass(frozen=True)
class Tick:
    """Time has passed, and nothing else has happened."""


Saying = Loaded | Notice | Output | RunCreated | RunEvent | RunEnded | Refused | Tick
_KINDS: dict[str, type[Saying]] = {
    "loaded": Loaded,
    "notice": Notice,
    "output": Output,
    "run": RunCreated,
    "event": RunEvent,
    "end": RunEnded,
    "refused": Refused,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def to_line(saying: Saying) -> str:
    """One line of JSON; its `kind` says which value it is."""
    return json.dumps({"kind": _NAMES[type(saying)], **asdict(saying)}, ensure_ascii=False) + "\n"


def from_line(line: str) -> Saying:
    """The value that was written so."""
    values: dict[str, Any] = json.loads(line)
    kind = _KINDS[values.pop("kind")]
    if kind is RunCreated:
        values["steps"] = tuple(Step(step["key"], tuple(step["needs"])) for step in values["steps"])
    if kind is RunEvent and values["failure"]:
        values["failure"] = Failure(**values["failure"])
    return kind(**values)
