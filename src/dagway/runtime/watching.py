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
    """Notes changes below a folder, as the system tells them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._lock = threading.Lock()
        self._changed: set[str] = set()
        self._last = 0.0
        self._observer = Observer()
        self._observer.schedule(self, str(self._folder), recursive=True)

    def start(self) -> None:
        """From now on; its threads end with the process."""
        self._observer.start()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Called for each event, in a thread of the observer."""
        if event.is_directory or event.event_type in {"opened", "closed_no_write"}:
            return
        for name in filter(None, (event.src_path, event.dest_path)):
            path = Path(str(name))
            if self._matters(path):
                with self._lock:
                    self._changed.add(str(path.relative_to(self._folder)))
                    self._last = time.monotonic()

    def _matters(self, path: Path) -> bool:
        if path.suffix not in SUFFIXES and path.name != ".env":
            return False
        parts = path.relative_to(self._folder).parts[:-1]
        return not any(part in IGNORED or part.startswith(".") for part in parts)

    def take(self) -> str:
        """The files that have changed, once it is quiet; empty where none has."""
        with self._lock:
            if not self._changed or time.monotonic() - self._last < QUIET:
                return ""
            names = ", ".join(sorted(self._changed))
            self._changed.clear()
            return names
