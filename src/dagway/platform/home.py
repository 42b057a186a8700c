"""Where a platform keeps its files: Dagster's home, and a folder of its own beside it. All of it this user's alone."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dagway._dagster.socket_place import place
from dagway.errors import DagwayError
from dagway.project.home import HOME as PROJECT_HOME
from dagway.project.home import SETTINGS

FOLDER = Path(".dagway") / "platform"
PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
_LONGEST_SOCKET = "999.sock"
#: Bits of a mode: every right of the group and others, and their right to pass through a folder.
_OTHERS, _PASS = 0o077, 0o011
_MARK = "# Written by dagway from platform.yaml; change that instead. "


@dataclass(frozen=True)
class Home:
    """Folders and files of one platform.

    Attributes:
        dagster: Dagster's home.
        platform: what `dagway up` writes: the state, the workspace, logs.
    """

    dagster: Path
    platform: Path

    @classmethod
    def of(cls, root: Path, configured: str | None, environment: Mapping[str, str]) -> Home:
        """The home of the platform whose configuration is in `root`; `DAGSTER_HOME` names Dagster's own first."""
        named = environment.get("DAGSTER_HOME") or configured
        return cls((root / named).resolve() if named else root / PROJECT_HOME, root / FOLDER)

    @property
    def locks(self) -> tuple[Path, ...]:
        """Held by the platform that is up: one for each of its folders, of which another platform may share either."""
        return self.dagster / ".platform.lock", self.platform / ".lock"

    @property
    def state(self) -> Path:
        """What the platform that is up says of itself."""
        return self.platform / "state.json"

    @property
    def key(self) -> Path:
        """What the platform that is up asks its own webserver with, where that asks for a log-in."""
        return self.platform / "key"

    @property
    def workspace(self) -> Path:
        """The code locations, for webserver and daemon."""
        return self.platform / "workspace.yaml"

    @property
    def settings(self) -> Path:
        """Dagster's configuration."""
        return self.dagster / "dagster.yaml"

    @property
    def logs(self) -> Path:
        """One file for each service."""
        return self.platform / "logs"

    @property
    def locations(self) -> Path:
        """A folder for each code location, with links to its versions."""
        return self.platform / "locations"

    @property
    def sockets(self) -> Path:
        """For numbered sockets; of this user, and of this home.

        Raises:
            DagwayError: there is no folder for it whose path is short enough.
        """
        name = hashlib.sha256(str(self.dagster).encode()).hexdigest()[:12]
        folder = f"dagway_platform-{os.geteuid()}-{name}"
        return place(f"{folder}/{_LONGEST_SOCKET}") / folder

    def make(self) -> None:
        """Makes every folder.

        Raises:
            DagwayError: one cannot be written, or the folder of sockets is another user's, or its path too long.
        """
        try:
            for folder in (self.dagster, self.platform, self.logs, self.sockets):
                folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
                if not os.access(folder, os.W_OK):
                    raise PermissionError(13, "Permission denied", str(folder))
            if self.sockets.lstat().st_uid != os.geteuid() or self.sockets.is_symlink():
                raise PermissionError(13, "it belongs to another user", str(self.sockets))
            self.sockets.chmod(PRIVATE_FOLDER)
            for folder in (self.platform, *([self.dagster] if self._is_together else [])):
                folder.chmod(PRIVATE_FOLDER)
                if not (folder / ".gitignore").exists():
                    # Nothing of it belongs into the project's repository.
                    write_private(folder / ".gitignore", "*\n")
        except OSError as error:
            raise DagwayError(
                f"The platform's files cannot be written: {error.filename}: {error.strerror}.",
                "Give yourself the right to write there, free some space, or set DAGSTER_HOME to another folder.",
            ) from None

    @property
    def is_exposed(self) -> bool:
        """Whether other users can reach Dagster's home: a folder that somebody made elsewhere keeps the rights that it has."""
        return not self._is_together and _others_reach(self.dagster)

    @property
    def _is_together(self) -> bool:
        """Whether both folders lie in one that is the platform's own."""
        return self.dagster.parent == self.platform.parent

    def writes_settings(self) -> bool:
        """Whether `dagster.yaml` is there for Dagway to write: it is missing, or as Dagway left it."""
        return not self.settings.exists() or _is_ours(self.settings.read_text(encoding="utf-8"))

    def write_settings(self, text: str) -> bool:
        """Writes `dagster.yaml`, unless a person wrote or changed the one that is there; then False."""
        if not self.writes_settings():
            return False
        write_private(self.settings, f"{_MARK}{_fingerprint(text)}\n{text}")
        return True


def _others_reach(folder: Path) -> bool:
    """Whether the group or others have a right to the folder, and may pass through all that it lies in."""
    if not folder.is_dir() or not stat.S_IMODE(folder.stat().st_mode) & _OTHERS:
        return False
    return all(stat.S_IMODE(one.stat().st_mode) & _PASS for one in folder.resolve().parents)


def _is_ours(text: str) -> bool:
    head, _, body = text.partition("\n")
    return text == SETTINGS or (head.startswith(_MARK) and head.removeprefix(_MARK) == _fingerprint(body))


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def write_private(path: Path, text: str) -> None:
    """Writes a file that this user alone can read; whoever reads it meanwhile finds the old one whole.

    Raises:
        DagwayError: it cannot be written; the old one stays.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(descriptor, PRIVATE_FILE)
            file.write(text)
        fresh.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise DagwayError(
            f"{path} cannot be written: {error.strerror}.", "Free some space, or give yourself the right."
        ) from None
