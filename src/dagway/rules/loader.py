"""What the loading process does: loads one code location, notes what that does besides, and writes the outcome."""

from __future__ import annotations

import gc
import os
import pickle
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from dagway.errors import DagwayError
from dagway.project.duplicates import DuplicateKeyError
from dagway.project.locate import Location
from dagway.rules.loaded import LoadedProject, LoadEvent, LoadFailure
from dagway.rules.programs import started
from dagway.rules.variables import described, noting_reads


@dataclass(frozen=True)
class Outcome:
    """A location that loaded, and the environment in which it did: with what `.env` and the project itself set."""

    loaded: LoadedProject
    environment: Mapping[str, str] = field(repr=False)


_PLACE = re.compile(
    r"The project does not load: (?P<path>[^:\n]+?)(?::(?P<line>\d+))?: (?P<cause>.*)", re.DOTALL
)
_WRITING = re.compile(r"[wax+]")


def work(task: str, result: str) -> None:
    """Loads, writes the outcome to a file when it is whole, and ends the process."""
    # The process ends before there is enough garbage to look for.
    gc.disable()
    root, location, dotenv = pickle.loads(Path(task).read_bytes())  # noqa: S301 - our own process wrote it
    outcome = _outcome(root, location, dotenv)
    unfinished = Path(f"{result}.unfinished")
    unfinished.write_bytes(pickle.dumps(outcome))
    unfinished.rename(result)
    sys.stdout.flush()
    # Threads that the project started must not keep the process alive.
    os._exit(0)


def _outcome(root: Path, location: Location, dotenv: bool) -> Outcome | LoadFailure:
    from dagway.project.load import merge, read_location
    from dagway.project.surroundings import surroundings

    events: list[LoadEvent] = []
    hook = _Hook((root, location.root), events)
    sys.addaudithook(hook)
    try:
        with surroundings(location, dotenv=dotenv), noting_reads(location) as reads:
            repositories = read_location(location)
            environment = dict(os.environ)
    except DagwayError as error:
        return _failure(error, root, location)
    finally:
        hook.watching = False
    project = merge(location.root, repositories)
    noted = described(reads.values(), location)
    return Outcome(LoadedProject(root, project, tuple(events), repositories, noted), environment)


def _failure(error: DagwayError, root: Path, location: Location) -> LoadFailure:
    match = _PLACE.match(error.message)
    duplicate = error.duplicate if isinstance(error, DuplicateKeyError) else None
    if match is None:
        return LoadFailure("", 1, error.message, error.remedy, duplicate)
    path = location.root / match["path"]
    is_own = match["line"] and path.is_file() and path.is_relative_to(root)
    shown = path.relative_to(root).as_posix() if is_own else ""
    return LoadFailure(shown, int(match["line"] or 1), match["cause"], error.remedy, duplicate)


class _Hook:
    """Notes sockets, processes and files that the project's own code causes while it loads."""

    def __init__(self, folders: tuple[Path, ...], events: list[LoadEvent]) -> None:
        self.watching = True
        self._prefixes = tuple(f"{folder}{os.sep}" for folder in folders)
        self._events = events
        self._temporary: tuple[str, ...] = ()

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.watching or event not in _KINDS:
            return
        if event == "open" and not _is_write(arguments):
            return
        if event in _TEMPORARY:
            self._temporary += (os.fsdecode(arguments[0]),)
            return
        self.watching = False
        try:
            self._note(event, arguments)
        finally:
            self.watching = True

    def _note(self, event: str, arguments: tuple[Any, ...]) -> None:
        frame: FrameType | None = sys._getframe(2)  # pyright: ignore[reportPrivateUsage]
        kind, detail = _KINDS[event], _detail(event, arguments, frame)
        # What tempfile made has another name each time, and nobody's results lie in it.
        if not detail or (kind == "write" and detail.startswith(self._temporary)):
            return
        while frame is not None:
            name = frame.f_code.co_filename
            if name.startswith(self._prefixes) and "site-packages" not in name:
                self._events.append(LoadEvent(kind, detail, Path(name), frame.f_lineno))
                return
            if _is_by_design(frame.f_globals.get("__name__", "")):
                return
            frame = frame.f_back


def _is_by_design(module: str) -> bool:
    """What Dagster, its integrations and their tools do for themselves, or any library while it is imported."""
    package = module.partition(".")[0]
    return (
        module in {"importlib._bootstrap", "tempfile"}
        or package in {"dbt", "dlt"}
        or package.startswith("dagster")
    )


def _detail(event: str, arguments: tuple[Any, ...], frame: FrameType) -> str:
    """The address, the program or the file; empty for what is not to be noted."""
    if _KINDS[event] == "process":
        return started(_words(event, arguments, frame))
    if event == "socket.connect":
        address: Any = arguments[1]
        # A local socket's address is its path; others begin with host and port.
        return os.fsdecode(address) if isinstance(address, str | bytes) else ":".join(map(str, address[:2]))
    return os.fsdecode(arguments[0])


_TEMPORARY = frozenset({"tempfile.mkstemp", "tempfile.mkdtemp"})
_KINDS: dict[str, Any] = {
    "socket.connect": "socket",
    "subprocess.Popen": "process",
    "os.posix_spawn": "process",
    "os.system": "process",
    "os.fork": "process",
    "open": "write",
    **dict.fromkeys(_TEMPORARY, "temporary"),
}


def _words(event: str, arguments: tuple[Any, ...], frame: FrameType) -> list[str]:
    """The program that starts, and what it is given."""
    if event == "os.system":
        return ["sh", "-c", os.fsdecode(arguments[0])]
    if event == "os.fork":
        # `os.spawn…` makes a process first, which then becomes the program; others go on as Python.
        given = frame.f_locals if frame.f_globals.get("__name__") == "os" else {}
        return [*map(os.fsdecode, (given.get("file", "python"), *given.get("args", ())))]
    program, words = arguments[:2]
    return [*map(os.fsdecode, (program, *(() if isinstance(words, str | bytes) else words)))]


def _is_write(arguments: tuple[Any, ...]) -> bool:
    path, mode, flags = arguments
    if not isinstance(path, str) or path.endswith(".pyc") or "__pycache__" in path or path == os.devnull:
        return False
    if isinstance(mode, str):
        return bool(_WRITING.search(mode))
    return bool(isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
