"""Which files of a project have changed, for a server that reloads by itself."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

#: What definitions are loaded from. Data, logs and what tools write while they load are not among it.
SUFFIXES = {".py", ".yaml", ".yml", ".sql", ".toml", ".env", ".ipynb"}
IGNORED = {"__pycache__", "node_modules", "target", "logs", "dbt_packages", "storage", "history", "schedules"}
#: Seconds without a further change until it is told: an editor, or a switch of branches, writes more than once.
QUIET = 0.3


class FileWatch(FileSystemEventHandler):
    """Notes changes below a folder, as the system tells them; of a link, below the folder that it names now."""

    def __init__(self, folder: Path) -> None:
        self._given = folder.absolute()
        self._folder = folder.resolve()
        self._lock = threading.Lock()
        self._changed: set[str] = set()
        self._last = 0.0
        self._observer = Observer()
        self._schedule()

    def start(self) -> None:
        """From now on; its threads end with the process."""
        self._observer.start()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Called for each event, in a thread of the observer."""
        if event.is_directory or event.event_type in {"opened", "closed_no_write"}:
            return
        for name in filter(None, (event.src_path, event.dest_path)):
            with self._lock:
                path = Path(str(name))
                # An event of the folder that was watched before may come late.
                inside = path.relative_to(self._folder) if path.is_relative_to(self._folder) else None
                if inside is not None and _matters(inside):
                    self._changed.add(str(inside))
                    self._last = time.monotonic()

    def _schedule(self) -> None:
        self._observer.schedule(self, str(self._folder), recursive=True)

    def _follow(self) -> None:
        """The folder that is named now; who switched the link sees to the reload."""
        named = self._given.resolve()
        if named == self._folder or not named.is_dir():
            return
        self._observer.unschedule_all()
        with self._lock:
            self._folder = named
            self._changed.clear()
        self._schedule()

    def take(self) -> str:
        """The files that have changed, once it is quiet; empty where none has."""
        self._follow()
        with self._lock:
            if not self._changed or time.monotonic() - self._last < QUIET:
                return ""
            names = ", ".join(sorted(self._changed))
            self._changed.clear()
            return names


def _matters(inside: Path) -> bool:
    if inside.suffix not in SUFFIXES and inside.name != ".env":
        return False
    return not any(part in IGNORED or part.startswith(".") for part in inside.parts[:-1])
