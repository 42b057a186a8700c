"""The steps of a run as a tree that is alive: each below the last of those that it waits for."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dagway.cli._launch_text import STYLES, title
from dagway.launch.progress import DONE, FAILED, NOT_RUN, RETRYING, RUNNING, SKIPPED, STOPPED, WAITING

if TYPE_CHECKING:
    from rich.text import Text

    from dagway.launch.progress import RunState, StepState

_SIGNS = {
    WAITING: "·",
    RUNNING: "▸",
    DONE: "✓",
    FAILED: "✗",
    SKIPPED: "-",
    RETRYING: "↻",
    STOPPED: "■",
    NOT_RUN: "·",
}
#: What is left out first where there is no room.
_DISPENSABLE = (DONE, WAITING, NOT_RUN, SKIPPED, STOPPED)
_HEADER = 2


def picture(run: RunState, height: int) -> Text:
    """The run, in at most so many lines."""
    from rich.text import Text

    now = time.time()
    rows = list(branches(run.shown()))
    kept = fitting([step for step, _ in rows], max(1, height - _HEADER))
    text = Text(no_wrap=True).append(title(run.created), "bold")
    text.append(f"  {run.count(DONE)} done  {run.seconds(now):.1f} s\n", "dim")
    for step, depth in rows:
        if step.key in kept:
            text.append_text(_row(step, depth, now))
    hidden = len(rows) - len(kept)
    if hidden:
        text.append(f"  … and {hidden} more\n", "dim")
    text.rstrip()
    return text


def _row(step: StepState, depth: int, now: float) -> Text:
    from rich.text import Text

    seconds = step.seconds(now)
    style = STYLES[step.status]
    row = Text(f"{'  ' * (depth + 1)}{_SIGNS[step.status]} {step.key}", style=style, no_wrap=True)
    if seconds is not None:
        row.append(f"  {seconds:.1f} s", "dim")
    if step.retries:
        row.append(f"  try {step.retries + 1}", "yellow")
    bad = sum(not check.passed for check in step.checks)
    if bad:
        row.append(f"  {bad} check{'s' if bad > 1 else ''} did not pass", "yellow")
    return row.append("\n")


def branches(steps: Sequence[StepState]) -> Iterator[tuple[StepState, int]]:
    """Each step once, with its depth: below the deepest of those that it needs."""
    known = {step.key: step for step in steps}
    depths: dict[str, int] = {}
    parents: dict[str, str] = {}
    for step in _in_order(steps):
        above = [need for need in step.needs if need in known]
        depths[step.key] = max((depths[need] + 1 for need in above), default=0)
        if above:
            parents[step.key] = max(above, key=lambda need: depths[need])
    below: dict[str, list[str]] = {}
    for step in steps:
        below.setdefault(parents.get(step.key, ""), []).append(step.key)
    waiting = [(key, 0) for key in reversed(below.get("", []))]
    while waiting:
        key, depth = waiting.pop()
        yield known[key], depth
        waiting += [(child, depth + 1) for child in reversed(below.get(key, []))]


def _in_order(steps: Sequence[StepState]) -> list[StepState]:
    """Each after those that it needs."""
    known = {step.key: step for step in steps}
    left = {step.key: sum(need in known for need in step.needs) for step in steps}
    readers: dict[str, list[str]] = {}
    for step in steps:
        for need in step.needs:
            readers.setdefault(need, []).append(step.key)
    order = [key for key, count in left.items() if not count]
    for key in order:
        for reader in readers.get(key, []):
            left[reader] -= 1
            if not left[reader]:
                order.append(reader)
    return [known[key] for key in order]


def fitting(steps: Sequence[StepState], room: int) -> set[str]:
    """The keys of as many steps as there is room for: those under way and those that failed before all others."""
    keep = {step.key for step in steps}
    for status in _DISPENSABLE:
        for step in steps:
            # One line says how many are left out.
            if len(keep) <= (room if len(keep) == len(steps) else room - 1):
                return keep
            if step.status == status:
                keep.discard(step.key)
    return set(list(keep)[:room]) if len(keep) > room else keep
