"""Which files of a project have changed, for a server that reloads by itself."""

from __future__ import annotations

import errno
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from dagway.runtime.notices import Notice, Notices

#: What definitions are loaded from. Data, logs and what tools write while they load are not among it.
SUFFIXES = {".py", ".yaml", ".yml", ".sql", ".toml", ".env", ".ipynb"}
#: Folders that are a tool's wherever they lie; so are those whose name begins with a dot, and virtual environments.
IGNORED = {"__pycache__", "node_modules", "dbt_packages"}
#: Folders that are a tool's beside its file; elsewhere they may be packages. Those of dbt are so at the top too.
WRITTEN = {"target": "dbt_project.yml", "logs": "dbt_project.yml", "storage": "dagster.yaml"}
IGNORED_AT_TOP = {"target", "logs"}
#: What is in a folder that is a virtual environment.
_ENVIRONMENT = "pyvenv.cfg"
#: Seconds without a further change until it is told: an editor, or a switch of branches, writes more than once.
QUIET = 0.3
#: Errors of a folder that went meanwhile, or that is not to be read: nothing of it is loaded.
_GONE = {errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.ELOOP}
#: What the kernel calls its limits, and how much is plenty.
_LIMITS = {
    errno.ENOSPC: ("fs.inotify.max_user_watches", 524288),
    errno.EMFILE: ("fs.inotify.max_user_instances", 1024),
}
_logger = logging.getLogger("dagster.code_server")


class FileWatch:
    """Notes changes below a folder, as the system tells them; of a link, below the folder that it names now."""

    def __init__(self, folder: Path, home: str | None = None) -> None:
        """Watches from now on.

        Args:
            folder: where the code is.
            home: Dagster's, of which nothing is loaded; it may lie below the folder.

        Raises:
            OSError: the system does not take so many folders, or this one.
        """
        self._given = folder.absolute()
        self._folder = folder.resolve()
        self._home = Path(home).resolve() if home else None
        self._lock = threading.Lock()
        self._changed: set[str] = set()
        self._last = 0.0
        self._is_full = False
        self._notices = Notices()
        try:
            self._notices.add(self._folder)
            for _ in self._added_below(self._folder):
                pass
        except OSError:
            self._notices.close()
            raise

    def start(self) -> None:
        """Notes what changes; its thread ends with the process."""
        threading.Thread(target=self._read, name="dagway-files", daemon=True).start()

    def take(self) -> str:
        """The files that have changed, once it is quiet; empty where none has."""
        self._follow()
        with self._lock:
            if not self._changed or time.monotonic() - self._last < QUIET:
                return ""
            names = ", ".join(sorted(self._changed))
            self._changed.clear()
            return names

    def _read(self) -> None:
        while True:
            notices = self._notices.read()
            with self._lock:
                for notice in notices:
                    self._note(notice)

    def _note(self, notice: Notice) -> None:
        path = notice.path
        if path is None:
            self._tell("more files than the system could tell")
            self._add(self._folder)
        elif not path.is_relative_to(self._folder):
            # Told late, of the folder that was watched before.
            return
        elif not notice.is_folder:
            if path.name == _ENVIRONMENT and path.parent != self._folder:
                self._drop_environment(path.parent)
            elif _matters(path):
                self._tell(self._inside(path))
        elif notice.came:
            # Files may have come before it was watched.
            for file in self._add(path):
                self._tell(self._inside(file))
        elif notice.moved and self._notices.drop(path):
            self._tell(self._inside(path))

    def _drop_environment(self, folder: Path) -> None:
        """A folder becomes an environment once it is there: what was told of it until then is nobody's code."""
        self._notices.drop(folder)
        inside = self._inside(folder)
        self._changed = {name for name in self._changed if not Path(name).is_relative_to(inside)}

    def _tell(self, name: str) -> None:
        self._changed.add(name)
        self._last = time.monotonic()

    def _inside(self, path: Path) -> str:
        return str(path.relative_to(self._folder))

    def _follow(self) -> None:
        """The folder that is named now; who switched the link sees to the reload."""
        named = self._given.resolve()
        if named == self._folder or not named.is_dir():
            return
        with self._lock:
            self._notices.drop(self._folder)
            self._folder = named
            self._changed.clear()
            self._add(named)

    def _add(self, folder: Path) -> list[Path]:
        """Watches a folder, as far as the system takes it; the files in it that matter."""
        try:
            if folder != self._folder and self._is_ignored(folder):
                return []
            self._notices.add(folder)
            return list(self._added_below(folder))
        except OSError as error:
            if error.errno not in _GONE and not self._is_full:
                self._is_full = True
                _logger.warning("Changes in %s and in other new folders are not seen: %s", folder, why(error))
            return []

    def _added_below(self, folder: Path) -> Iterator[Path]:
        """Watches the folders below a watched one, each before its files are looked at; gives the files that matter."""
        for place, folders, files in os.walk(folder):
            folders[:] = [name for name in folders if self._is_added(Path(place, name))]
            yield from (path for path in (Path(place, name) for name in files) if _matters(path))

    def _is_added(self, folder: Path) -> bool:
        if folder.is_symlink() or self._is_ignored(folder):
            return False
        try:
            self._notices.add(folder)
        except OSError as error:
            if error.errno in _GONE:
                return False
            raise
        return True

    def _is_ignored(self, folder: Path) -> bool:
        """Whether nothing of a folder is loaded."""
        name = folder.name
        if name.startswith(".") or name in IGNORED or folder == self._home:
            return True
        if name in IGNORED_AT_TOP and folder.parent == self._folder:
            return True
        with suppress(OSError):
            if name in WRITTEN and (folder.parent / WRITTEN[name]).is_file():
                return True
            return (folder / _ENVIRONMENT).is_file()
        return False


def why(error: OSError) -> str:
    """Why the system does not watch, and what to do."""
    if error.errno not in _LIMITS:
        return f"{error.strerror}."
    name, enough = _LIMITS[error.errno]
    return (
        f"the system's limit, {name}, is reached. Raise it: sysctl {name}={enough}, and for the next start of the machine"
        " the same in a file in /etc/sysctl.d."
    )


def _matters(path: Path) -> bool:
    return path.suffix in SUFFIXES or path.name == ".env"
