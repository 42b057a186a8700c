# Celery has no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""What the workers of Celery are at, by their own word: results may be old, lost, or of a machine that is gone."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from celery import Celery

#: Seconds that workers have to answer; all of it is waited for, as nobody knows how many they are.
PATIENCE = 1.0
#: Seconds for which an answer holds: one is asked for all runs that are looked at together.
RECENT = 2.0


@dataclass(frozen=True)
class Heard:
    """What workers have answered.

    Attributes:
        at: when they were asked, in seconds of the clock that is never set.
        nodes: the names of those that answered, as `celery@machine`.
        tasks: what they execute: a task's id → the name.
    """

    at: float
    nodes: frozenset[str]
    tasks: Mapping[str, str]


class Workers:
    """All workers that share a broker."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._last: Heard | None = None
        self._asked = float("-inf")

    def heard(self, *, anew: bool = False) -> Heard | None:
        """What they answer, or have a moment ago; None where the broker does not answer."""
        if anew or time.monotonic() - self._asked > RECENT:
            asked = time.monotonic()
            try:
                self._last = _ask(self._app, asked)
            # Each broker's library has its own errors; whatever it is, nobody was heard.
            except Exception:
                self._last = None
            self._asked = time.monotonic()
        return self._last


def _ask(app: Celery, at: float) -> Heard:
    # A connection of its own: one that is kept may be from before the broker's last start.
    with app.connection_for_write() as connection:
        answers: list[dict[str, Any]] = app.control.broadcast(
            "active", connection=connection, reply=True, timeout=PATIENCE
        )
    nodes, tasks = set[str](), dict[str, str]()
    # Each answer by itself: of two workers with one name, `inspect` would forget the first.
    for answer in answers or []:
        for node, told in answer.items():
            nodes.add(node)
            # A worker that cannot tell answers with an error in place of a list.
            for task in told if isinstance(told, list) else []:
                tasks[task["id"]] = node
    return Heard(at, frozenset(nodes), tasks)
