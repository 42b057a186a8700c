"""What a file's own rules found, kept by the file's content and everything else that decides it."""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
import tempfile
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from dagway import __version__
from dagway.rules.examine import Examined

PACKAGE = Path(__file__).parent
#: Path → digest of the content, and what it gave.
Entries = dict[str, tuple[str, Examined]]


def folder() -> Path:
    """Where caches lie: the user's cache folder, never the project, whose files could be anybody's."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "dagway" / "check"


class Cache:
    """The examined files of one project under one rule set; what is not asked for again is forgotten."""

    def __init__(self, root: Path) -> None:
        name = hashlib.sha256(str(root).encode()).hexdigest()[:24]
        self._path = folder() / f"{name}.pickle"
        self._salt = ""
        self._known: Entries = {}

    def known(self, salt: str, sources: Iterable[tuple[str, bytes]]) -> dict[str, Examined]:
        """What is known of the files with these contents: path → what it gave."""
        if salt != self._salt:
            self._salt, self._known = salt, self._load(salt)
        found: dict[str, Examined] = {}
        for path, content in sources:
            digest, examined = self._known.get(path, ("", None))
            if examined is not None and digest == _digest(content):
                found[path] = examined
        return found

    def keep(self, sources: Iterable[tuple[str, bytes]], examined: Mapping[str, Examined]) -> None:
        """Makes these all that is known. A file on which a rule crashed is examined again."""
        before = self._known
        self._known = {
            path: (_digest(content), examined[path])
            for path, content in sources
            if not examined[path].outcome.crashes
        }
        if self._known != before:
            self._save()

    def _save(self) -> None:
        """Writes in one step; a folder that cannot be written costs only the next run's time."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.NamedTemporaryFile(dir=self._path.parent, delete=False) as file:
                pickle.dump((self._salt, self._known), file, protocol=pickle.HIGHEST_PROTOCOL)
            Path(file.name).replace(self._path)
        except OSError:
            return

    def _load(self, salt: str) -> Entries:
        try:
            kept, known = pickle.loads(self._path.read_bytes())  # noqa: S301 - below the user's own cache folder
        except Exception:
            # Absent, cut off, or of another version of Dagway: all mean that nothing is known.
            return {}
        return known if kept == salt else {}


def salt(active: Iterable[str], options: Mapping[str, Any], surroundings: object) -> str:
    """Changes with the rules, their code and options, Python, and the installed Dagster packages."""
    parts = (
        sorted(active),
        repr(sorted(options.items())),
        repr(surroundings),
        _code(),
        sys.version,
        _installed(),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()


@cache
def _code() -> str:
    """The version, and each source file of the rules: who changes a rule gets its new findings."""
    files = sorted(PACKAGE.rglob("*.py"))
    stamps = [(file.name, status.st_size, status.st_mtime_ns) for file in files if (status := file.stat())]
    return repr((__version__, stamps))


@cache
def _installed() -> str:
    """The name of each installed metadata folder of Dagster's packages: it carries the version."""
    folders = [Path(folder) for folder in sys.path if folder and Path(folder).is_dir()]
    found = {entry.name for folder in folders for entry in folder.glob("dagster*.dist-info")}
    return repr(sorted(found))


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()
