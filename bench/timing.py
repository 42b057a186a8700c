"""Times whole processes: a warm-up, then rounds in which every contestant runs once, so that drift hits all alike."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Contestant:
    """A command: what it is called, its words, where it runs, and what is done before each run, untimed.

    `measured` reads the seconds from what the command prints, where only a part of it is meant. `statuses` are those with
    which it has done its work.
    """

    name: str
    command: Sequence[str]
    folder: Path
    prepare: Callable[[], None] = lambda: None
    environment: Mapping[str, str] | None = None
    measured: Callable[[str], float] | None = None
    statuses: frozenset[int] = frozenset({0})


@dataclass(frozen=True)
class Figure:
    """Seconds of each round, in their order."""

    name: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle of the rounds."""
        return statistics.median(self.seconds)

    def ratio(self, other: Figure) -> float:
        """The middle of the ratios of rounds that were run side by side."""
        pairs = zip(self.seconds, other.seconds, strict=True)
        return statistics.median(mine / theirs for mine, theirs in pairs)


#: Rounds that are not counted: files are read from the disk, and byte code is there, afterwards.
WARM_UPS = 1
#: Seconds after which a race makes no further round: those that it has made are its figures.
LONGEST = 300.0


def race(contestants: Sequence[Contestant], rounds: int, longest: float = LONGEST) -> list[Figure]:
    """Each contestant `rounds` times, in turn, after one run that is not counted; each run is told on the terminal.

    Args:
        longest: seconds after which it makes no further round, but for the first that counts.

    Raises:
        RuntimeError: a command failed or printed no figure; its output is in the message.
    """
    seconds: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    began = time.monotonic()
    for number in range(1 - WARM_UPS, rounds + 1):
        if number > 1 and time.monotonic() - began > longest:
            break
        for contestant in contestants:
            taken = run(contestant)
            which = f"round {number} of {rounds}" if number > 0 else "warm-up"
            print(f"{contestant.name}, {which}: {taken:.2f} s", flush=True)
            if number > 0:
                seconds[contestant.name].append(taken)
    return [Figure(name, tuple(taken)) for name, taken in seconds.items()]


def run(contestant: Contestant) -> float:
    """Seconds of one run.

    Raises:
        RuntimeError: the command failed or printed no figure; its output is in the message.
    """
    contestant.prepare()
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    result = subprocess.run(
        contestant.command,
        cwd=contestant.folder,
        env={**environment, **(contestant.environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    taken = time.perf_counter() - began
    printed = f"{result.stdout[-2000:]}\n{result.stderr[-2000:]}"
    if result.returncode not in contestant.statuses:
        raise RuntimeError(f"{contestant.name} failed with status {result.returncode}:\n{printed}")
    try:
        return contestant.measured(result.stdout) if contestant.measured else taken
    except (LookupError, ValueError) as error:
        raise RuntimeError(f"{contestant.name} printed no figure ({error!r}):\n{printed}") from error
