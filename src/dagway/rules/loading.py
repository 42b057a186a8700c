"""Loads the definitions in a process of their own, with a deadline and an audit hook.

Nothing that the project's code does at import can reach the process that checks, and a project that hangs ends.
"""

from __future__ import annotations

import os
import pickle
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from dagway.errors import DagwayError
from dagway.rules.loaded import LoadedProject, LoadEvent, LoadFailure

_PLACE = re.compile(
    r"The project does not load: (?P<path>[^:\n]+?)(?::(?P<line>\d+))?: (?P<cause>.*)", re.DOTALL
)
_WRITING = re.compile(r"[wax+]")


def load(root: Path, timeout: float) -> LoadedProject | LoadFailure:
    """The project at a folder, or why it does not load.

    Args:
        timeout: seconds after which the loading process is ended.

    Raises:
        DagwayError: there is no project in the folder.
    """
    from dagway.project.locate import locate

    locate(root)
    with tempfile.TemporaryDirectory(prefix="dagway-load-") as folder:
        result = Path(folder) / "result"
        ended = _run(root, result, timeout)
        if ended is not None:
            return ended
        return pickle.loads(result.read_bytes())  # noqa: S301 - our own process wrote it


def _run(root: Path, result: Path, timeout: float) -> LoadFailure | None:
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(root), str(result)],
        cwd=root,
        env={**os.environ, "DAGSTER_IS_DEV_CLI": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        _, said = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        _end(process)
        return LoadFailure(
            "",
            1,
            f"loading took longer than {timeout:g} seconds",
            "Find what the definitions wait for at import.",
        )
    if result.exists():
        return None
    last = said.decode(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
    return LoadFailure(
        "",
        1,
        f"the loading process ended with status {process.returncode}: {last[0]}",
        "Run `dg check defs` to see what ends it.",
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the loading process with whatever it started: it leads a session of its own."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


#: `-c` puts the current folder first on the path, where a project could hide modules: it is taken off again.
_PROGRAM = """\
import sys
sys.path = [path for path in sys.path if path]
from dagway.rules.loading import work
work(sys.argv[1], sys.argv[2])
"""


def work(root_given: str, result: str) -> None:
    """What the loading process does: loads, and writes the outcome to a file when it is whole."""
    root = Path(root_given)
    events: list[LoadEvent] = []
    outcome: LoadedProject | LoadFailure
    from dagway.project.load import load as load_project

    hook = _Hook(root, events)
    sys.addaudithook(hook)
    try:
        project = load_project(root)
        outcome = LoadedProject(root, project, tuple(events))
    except DagwayError as error:
        outcome = _failure(error, root)
    hook.watching = False
    unfinished = Path(f"{result}.unfinished")
    unfinished.write_bytes(pickle.dumps(outcome))
    unfinished.rename(result)
    sys.stdout.flush()
    # Threads that the project started must not keep the process alive.
    os._exit(0)


def _failure(error: DagwayError, root: Path) -> LoadFailure:
    match = _PLACE.match(error.message)
    if match is None:
        return LoadFailure("", 1, error.message, error.remedy)
    path = match["path"] if match["line"] and (root / match["path"]).is_file() else ""
    return LoadFailure(path, int(match["line"] or 1), match["cause"], error.remedy)


class _Hook:
    """Notes sockets, processes and writes that the project's own code causes while it loads."""

    def __init__(self, root: Path, events: list[LoadEvent]) -> None:
        self.watching = True
        self._prefix = f"{root}{os.sep}"
        self._events = events

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.watching or event not in _KINDS:
            return
        if event == "open" and not _is_write(arguments):
            return
        self.watching = False
        try:
            self._note(event, arguments)
        finally:
            self.watching = True

    def _note(self, event: str, arguments: tuple[Any, ...]) -> None:
        frame = sys._getframe(2)  # pyright: ignore[reportPrivateUsage]
        while frame is not None:
            name = frame.f_code.co_filename
            if name.startswith(self._prefix) and "site-packages" not in name:
                detail = str(arguments[1] if event == "socket.connect" else arguments[0])
                self._events.append(LoadEvent(_KINDS[event], detail, Path(name), frame.f_lineno))
                return
            frame = frame.f_back


_KINDS: dict[str, Any] = {"socket.connect": "socket", "subprocess.Popen": "process", "open": "write"}


def _is_write(arguments: tuple[Any, ...]) -> bool:
    path, mode, flags = arguments
    if not isinstance(path, str) or path.endswith(".pyc") or "__pycache__" in path or path == os.devnull:
        return False
    if isinstance(mode, str):
        return bool(_WRITING.search(mode))
    return bool(isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
