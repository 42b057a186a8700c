"""`python -m bench.beyond PROJECT`: seconds that the checker's loaded rules take beyond what loading takes by itself.

Counted are reading the definitions into values, handing these to the process that checks, and running every loaded rule.
"""

from __future__ import annotations

import gc
import pickle
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dagway.project import read as reading
from dagway.project.load import merge, read_location
from dagway.project.locate import locate
from dagway.project.surroundings import surroundings
from dagway.rules.config import Config
from dagway.rules.examine import run_each
from dagway.rules.library import library
from dagway.rules.loaded import LoadedProject, LoadedWorkspace


class Clock:
    """Adds up the seconds of what it is told to time."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, timed at each call."""

        def run(*arguments: Any) -> Any:
            began = time.perf_counter()
            try:
                return function(*arguments)
            finally:
                self.seconds += time.perf_counter() - began

        return run


def main(folder: Path) -> None:
    """Loads in this process, for the parts that count are to be told apart from Dagster's own."""
    # As the process that loads does; the one that checks does not hold what Dagster made, to look through for garbage.
    gc.disable()
    # That one has its rules before anything loads.
    library()
    clock = Clock()
    read = clock.timed(reading.read)

    def read_whole(repository: Any, *arguments: Any) -> Any:
        # Dagster makes jobs when they are first asked for; `dg check defs` makes all of them too.
        repository.get_all_jobs()
        return read(repository, *arguments)

    reading.read = read_whole
    (location,) = locate(folder)
    began = time.perf_counter()
    with surroundings(location):
        repositories = read_location(location)
    loading = time.perf_counter() - began - clock.seconds
    assets = len(repositories[0].assets)
    gc.freeze()
    gc.enable()
    findings = clock.timed(checked)(folder, repositories)
    print(
        f"{assets} assets, {findings} findings, loading {loading:.3f} s, beyond loading: {clock.seconds:.3f} s"
    )


def checked(folder: Path, repositories: Any) -> int:
    """The number of findings of every loaded rule."""
    loaded = LoadedProject(folder, merge(folder, repositories), repositories=repositories)
    received: LoadedProject = pickle.loads(pickle.dumps(loaded))
    workspace = LoadedWorkspace(folder, (received,))
    rules = [rule for rule in library() if rule.kind == "L"]
    outcomes = [
        run_each([rule for rule in rules if rule.reads is type(subject)], subject, Config().options)
        for subject in (received, workspace)
    ]
    crashes = [crash for outcome in outcomes for crash in outcome.crashes]
    if crashes:
        raise SystemExit(f"a rule failed: {crashes[0]}")
    return sum(len(outcome.findings) for outcome in outcomes)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
