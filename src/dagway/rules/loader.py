"""What the loading process does: loads one code location, notes what that does besides, and writes the outcome."""

from __future__ import annotations

import os
import pickle
import re
import sys
from pathlib import Path
from typing import Any

from dagway.errors import DagwayError
from dagway.project.locate import Location
from dagway.rules.loaded import LoadedProject, LoadEvent, LoadFailure

_PLACE = re.compile(
    r"The project does not load: (?P<path>[^:\n]+?)(?::(?P<line>\d+))?: (?P<cause>.*)", re.DOTALL
)
_WRITING = re.compile(r"[wax+]")


def work(task: str, result: str) -> None:
    """Loads, writes the outcome to a file when it is whole, and ends the process."""
    root, location, dotenv = pickle.loads(Path(task).read_bytes())  # noqa: S301 - our own process wrote it
    outcome = _outcome(root, location, dotenv)
    unfinished = Path(f"{result}.unfinished")
    unfinished.write_bytes(pickle.dumps(outcome))
    unfinished.rename(result)
    sys.stdout.flush()
    # Threads that the project started must not keep the process alive.
    os._exit(0)


def _outcome(root: Path, location: Location, dotenv: bool) -> LoadedProject | LoadFailure:
    from dagway.project.load import merge, read_location
    from dagway.project.surroundings import surroundings

    events: list[LoadEvent] = []
    hook = _Hook((root, location.root), events)
    sys.addaudithook(hook)
    try:
        with surroundings(location, dotenv=dotenv):
            repositories = read_location(location)
        return LoadedProject(root, merge(location.root, repositories), tuple(events), repositories)
    except DagwayError as error:
        return _failure(error, root, location)
    finally:
        hook.watching = False


def _failure(error: DagwayError, root: Path, location: Location) -> LoadFailure:
    match = _PLACE.match(error.message)
    if match is None:
        return LoadFailure("", 1, error.message, error.remedy)
    path = location.root / match["path"]
    is_own = match["line"] and path.is_file() and path.is_relative_to(root)
    shown = path.relative_to(root).as_posix() if is_own else ""
    return LoadFailure(shown, int(match["line"] or 1), match["cause"], error.remedy)


class _Hook:
    """Notes sockets, processes and writes that the project's own code causes while it loads."""

    def __init__(self, folders: tuple[Path, ...], events: list[LoadEvent]) -> None:
        self.watching = True
        self._prefixes = tuple(f"{folder}{os.sep}" for folder in folders)
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
            if name.startswith(self._prefixes) and "site-packages" not in name:
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
