"""Loads each code location in a process of its own, with a deadline, as many at a time as there are cores.

Nothing that the project's code does at import can reach the process that checks, and a project that hangs ends.
"""

from __future__ import annotations

import logging
import os
import pickle
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from dagway.project.locate import Location, locate, names_servers
from dagway.project.model import Key
from dagway.rules.blame import placed
from dagway.rules.loaded import LoadedWorkspace, LoadFailure, Reloadable
from dagway.rules.loader import Outcome
from dagway.rules.model import Skipped
from dagway.rules.process import Process, Start, end, start
from dagway.rules.source.text import tree_lines

_LOG = logging.getLogger(__name__)
#: Seconds after which somebody who waits is told what is still loading.
PATIENCE = 20.0


def load(root: Path, timeout: float, start: Start = start) -> LoadedWorkspace:
    """Every code location of the project at a folder.

    Args:
        timeout: seconds after which a loading process is ended.
        start: how one begins.

    Raises:
        DagwayError: there is no project in the folder.
    """
    tasks = [Task(root, location, timeout, os.environ, start) for location in locate(root)]
    return _workspace(root, tasks, _load_each(tasks))


def load_files(
    root: Path, files: Iterable[Path], timeout: float, start: Start = start
) -> tuple[LoadedWorkspace, ...]:
    """Files that belong to no project, each by itself: nobody knows what is defined elsewhere."""
    tasks = [Task(root, found, timeout, os.environ, start) for file in files for found in locate(file)]
    return tuple(
        _workspace(root, [task], [outcome], alone=True)
        for task, outcome in zip(tasks, _load_each(tasks), strict=True)
    )


@dataclass(frozen=True)
class Task:
    """One load: of which location, from which root its findings are seen, for how many seconds, in which environment, and how it starts.

    Attributes:
        dotenv: read `.env`, as dg does.
    """

    root: Path
    location: Location
    timeout: float
    environment: Mapping[str, str] = field(repr=False)
    start: Start
    dotenv: bool = True


def _load_each(tasks: Sequence[Task]) -> list[Outcome | LoadFailure]:
    running: list[Process] = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            return list(pool.map(partial(_load, running=running), tasks))
        finally:
            # An interrupt must not leave processes behind: they are in sessions of their own.
            for process in running:
                end(process)


def _load(task: Task, running: list[Process]) -> Outcome | LoadFailure:
    with tempfile.TemporaryDirectory(prefix="dagway-load-") as folder:
        given, result = Path(folder) / "task", Path(folder) / "result"
        given.write_bytes(pickle.dumps((task.root, task.location, task.dotenv)))
        environment = {**task.environment, "DAGSTER_IS_DEV_CLI": "1"}
        process = task.start(given, result, task.location.root, environment)
        running.append(process)
        failure = _wait(process, task)
        # Our own process wrote it.
        outcome = pickle.loads(result.read_bytes()) if result.exists() else failure  # noqa: S301
        return placed(outcome, task.root, task.location) if isinstance(outcome, LoadFailure) else outcome


def _wait(process: Process, task: Task) -> LoadFailure:
    """Until the process ends or is ended; what to say if it left no result."""
    name = task.location.name
    try:
        said = _said(process, task)
    except subprocess.TimeoutExpired:
        end(process)
        process.communicate()
        cause = f"loading {name} took longer than {task.timeout:g} seconds"
        return LoadFailure(
            "", 1, cause, "Find what it waits for at import, or raise the option load-timeout."
        )
    last = said.decode(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
    cause = f"the process that loads {name} ended with status {process.returncode}: {last[0]}"
    return LoadFailure("", 1, cause, "Run `dg check defs` to see what ends it.")


def _said(process: Process, task: Task) -> bytes:
    """What the process said until its end; who waits long is told for what."""
    patience = min(PATIENCE, task.timeout)
    with suppress(subprocess.TimeoutExpired):
        return process.communicate(timeout=patience)[1]
    if task.timeout > patience:
        _LOG.warning("still loading %s; it is ended after %g seconds", task.location.name, task.timeout)
    return process.communicate(timeout=task.timeout - patience)[1]


def _workspace(
    root: Path, tasks: Sequence[Task], outcomes: Sequence[Outcome | LoadFailure], *, alone: bool = False
) -> LoadedWorkspace:
    """Each location is told which keys the others define, unless it was loaded alone."""
    failures = tuple(item for item in outcomes if isinstance(item, LoadFailure))
    loaded = [(task, item) for task, item in zip(tasks, outcomes, strict=True) if isinstance(item, Outcome)]
    keys = [item.loaded.keys for _, item in loaded]
    elsewhere = () if alone else tuple(_elsewhere(root, [task.location for task in tasks]))
    is_whole = not failures and not elsewhere and not alone
    reloadable: list[Reloadable] = []
    for place, (task, item) in enumerate(loaded):
        others = frozenset[Key]().union(*keys[:place], *keys[place + 1 :])
        project = replace(item.loaded, keys_elsewhere=others if is_whole else None)
        again = replace(task, environment=item.environment, dotenv=False)
        reloadable.append(Reloadable(project, partial(_keys_with, again)))
    locations = tuple(item.loaded for item in reloadable)
    return LoadedWorkspace(root, locations, failures, elsewhere, tuple(reloadable))


def _elsewhere(root: Path, here: Sequence[Location]) -> Iterator[Skipped]:
    """The line of the workspace that names the first server, where one serves what is not here."""
    if names_servers(root, here):
        lines = tree_lines((root / "workspace.yaml").read_text(encoding="utf-8"))
        line = next((number for number, text in enumerate(lines, 1) if "grpc_server" in text), 1)
        yield Skipped(
            "workspace.yaml", line, "a code location is behind a server, so its definitions were not loaded"
        )


def _keys_with(task: Task, changes: Mapping[str, str]) -> frozenset[Key] | None:
    # The project's own calls of python-dotenv would undo the changes.
    environment = {**task.environment, **changes, "PYTHON_DOTENV_DISABLED": "1"}
    (outcome,) = _load_each([replace(task, environment=environment)])
    return outcome.loaded.keys if isinstance(outcome, Outcome) else None
