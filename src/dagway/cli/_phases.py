"""Progress of work that has several phases, some of them at the same time."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from dagway.cli._output import console

if TYPE_CHECKING:
    from rich.progress import TaskID

#: Told the phase, how many of its steps are done, and how many there are.
Tell = Callable[[str, int, int], None]


@contextmanager
def phases() -> Generator[Tell]:
    """A bar for each phase on a terminal's stderr; elsewhere one line when a phase is done."""
    shown = console(stderr=True)
    if not shown.is_terminal:
        yield _Lines().tell
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("  {task.description:<12}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=shown) as progress:
        tasks: dict[str, TaskID] = {}

        def tell(phase: str, done: int, total: int) -> None:
            if phase not in tasks:
                tasks[phase] = progress.add_task(phase, total=total)
            progress.update(tasks[phase], completed=done, total=total)

        yield tell


class _Lines:
    """One line for each phase that is done, with the seconds since it was first heard of."""

    def __init__(self) -> None:
        self._began: dict[str, float] = {}
        self._done: set[str] = set()
        self._heard = time.monotonic()

    def tell(self, phase: str, done: int, total: int) -> None:
        now = time.monotonic()
        # A phase that is first heard of by its first step began when the one before was last heard of.
        began = self._began.setdefault(phase, now if done == 0 else self._heard)
        self._heard = now
        if done < total or phase in self._done:
            return
        self._done.add(phase)
        steps = f" {total} steps," if total > 1 else ""
        click.echo(f"  {phase:<12}{steps} {now - began:.1f} s", err=True)
