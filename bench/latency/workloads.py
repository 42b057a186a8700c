"""What is run, the same for every peer, and what one run showed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Workload:
    """So many tasks that do nothing: each after the one before, or side by side, four at a time.

    Tasks of `idle` write their process id and wait until they are released.
    """

    name: str
    tasks: int
    side_by_side: bool = False
    idle: bool = False


ONE = Workload("one", 1)
CHAIN_10 = Workload("chain_10", 10)
CHAIN_40 = Workload("chain_40", 40)
SIDE_100 = Workload("side_100", 100, side_by_side=True)
IDLE = Workload("idle", 4, side_by_side=True, idle=True)
LARGE = Workload("large", 1)
SMALL = (ONE, CHAIN_10, CHAIN_40, SIDE_100, IDLE)
AT_A_TIME = 4
#: A run that is not over then has failed.
RUN_SECONDS = 600.0


@dataclass(frozen=True)
class Timing:
    """Seconds from the request to launch, to the first task's start and to the run's end."""

    first: float
    end: float


class Peer(Protocol):
    """A contestant that is up."""

    @property
    def name(self) -> str:
        """As the page calls it."""
        ...

    def run(self, workload: Workload) -> Timing:
        """Launch, wait for the end.

        Raises:
            RuntimeError: the run failed.
        """
        ...

    def idle_memory(self) -> float:
        """MB (Pss) of the median process of four tasks that wait at the same time."""
        ...

    def many(self, runs: int, at_once: int, seconds: float) -> float:
        """Runs a minute of ONE, so many at once, until as many ended or so many seconds passed."""
        ...
