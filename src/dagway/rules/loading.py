"""Loads each code location in a process of its own, with a deadline, as many at a time as there are cores.

Nothing that the project's code does at import can reach the process that checks, and a project that hangs ends.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from dagway.project.locate import Location, locate
from dagway.project.model import Key
from dagway.rules.loaded import LoadedProject, LoadedWorkspace, LoadFailure

Outcome = LoadedProject | LoadFailure


def load(root: Path, timeout: float) -> LoadedWorkspace:
    """Every code location of the project at a folder.

    Args:
        timeout: seconds after which a loading process is ended.

    Raises:
        DagwayError: there is no project in the folder.
    """
    locations = locate(root)
    return _workspace(root, load_each(root, locations, timeout, os.environ))


def load_each(
    root: Path,
    locations: Sequence[Location],
    timeout: float,
    environment: Mapping[str, str],
    *,
    dotenv: bool = True,
) -> list[Outcome]:
    """What became of each location, in their order.

    Args:
        dotenv: read `.env` files, as dg does.
    """
    running: list[subprocess.Popen[bytes]] = []

    def load_one(location: Location) -> Outcome:
        return _load(root, location, timeout, environment, dotenv, running)

    try:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(pool.map(load_one, locations))
    finally:
        # An interrupt must not leave processes behind: they are in sessions of their own.
        for process in running:
            _end(process)


def _load(
    root: Path,
    location: Location,
    timeout: float,
    environment: Mapping[str, str],
    dotenv: bool,
    running: list[subprocess.Popen[bytes]],
) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="dagway-load-") as folder:
        task, result = Path(folder) / "task", Path(folder) / "result"
        task.write_bytes(pickle.dumps((root, location, dotenv)))
        process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(task), str(result)],
            cwd=location.root,
            env={**environment, "DAGSTER_IS_DEV_CLI": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        running.append(process)
        failure = _wait(process, timeout)
        if result.exists():
            return pickle.loads(result.read_bytes())  # noqa: S301 - our own process wrote it
        return failure


def _wait(process: subprocess.Popen[bytes], timeout: float) -> LoadFailure:
    """Until the process ends or is ended; what to say if it left no result."""
    try:
        _, said = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        _end(process)
        cause = f"loading took longer than {timeout:g} seconds"
        return LoadFailure("", 1, cause, "Find what the definitions wait for at import.")
    last = said.decode(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
    cause = f"the loading process ended with status {process.returncode}: {last[0]}"
    return LoadFailure("", 1, cause, "Run `dg check defs` to see what ends it.")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends a loading process with whatever it started: it leads a session of its own."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


#: `-c` puts the current folder first on the path, where a project could hide modules: it is taken off again.
_PROGRAM = """\
import sys
sys.path = [path for path in sys.path if path]
from dagway.rules.loader import work
work(sys.argv[1], sys.argv[2])
"""


def _workspace(root: Path, outcomes: Sequence[Outcome]) -> LoadedWorkspace:
    """Each location is told which keys the others define."""
    failures = tuple(item for item in outcomes if isinstance(item, LoadFailure))
    loaded = [item for item in outcomes if isinstance(item, LoadedProject)]
    defined = [_defined(item) for item in loaded]
    locations = tuple(
        replace(item, keys_elsewhere=None if failures else _united(defined[:place] + defined[place + 1 :]))
        for place, item in enumerate(loaded)
    )
    return LoadedWorkspace(root, locations, failures)


def _defined(loaded: LoadedProject) -> frozenset[Key]:
    return frozenset(asset.key for asset in loaded.project.assets if not asset.stub)


def _united(keys: Sequence[frozenset[Key]]) -> frozenset[Key]:
    return frozenset().union(*keys)
