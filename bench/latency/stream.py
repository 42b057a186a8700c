"""What every peer does the same way: runs in a stream, and runs that wait to be looked at."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

from bench.latency.memory import median_of_idle


class Launcher(Protocol):
    """A peer's interface, as far as it is needed here; a run is known by its id."""

    def launch(self, workload: str, /) -> str:
        """A run of the workload of this name."""
        ...

    def succeeded(self, workload: str, runs: set[str], /) -> set[str]:
        """Those of the runs that are over.

        Raises:
            RuntimeError: one has failed.
        """
        ...

    def wait(self, workload: str, run: str, /) -> object:
        """Until the run has succeeded."""
        ...


def runs_a_minute(
    peer: Launcher, workload: str, runs: int, at_once: int, seconds: float, pause: float
) -> float:
    """Each run that ends is followed by the next, until so many have ended or so many seconds passed.

    Args:
        pause: seconds between two questions which runs are over.
    """
    began = time.monotonic()
    active: set[str] = set()
    launched = ended = 0
    while ended < runs and time.monotonic() - began < seconds:
        while len(active) < at_once and launched < runs:
            active.add(peer.launch(workload))
            launched += 1
        over = peer.succeeded(workload, active)
        active -= over
        ended += len(over)
        time.sleep(pause)
    taken = time.monotonic() - began
    for run in active:
        peer.wait(workload, run)
    return ended / taken * 60


def memory_of_idle(peer: Launcher, folder: Path, count: int) -> float:
    """MB (Pss) of the median of so many tasks of the workload `idle` that wait at the same time."""

    def launch() -> Callable[[], object]:
        run = peer.launch("idle")
        return lambda: peer.wait("idle", run)

    return median_of_idle(folder, count, launch)


def moment(text: str) -> float:
    """Seconds since 1970, of a time as JSON has it."""
    return datetime.fromisoformat(text).timestamp()
