"""The project's folder as it is: contents by hash, and no way out of it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path, PurePosixPath

from dagway.errors import DagwayError
from dagway.prototype.build.files import Copy

_BLOCK = 1 << 20


class Disk:
    """The files under one folder. It reads only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._root = os.path.realpath(folder)
        self._safe_folders: set[str] = set()

    def path(self, relative: str) -> Path:
        """Where a file of the project is.

        Raises:
            DagwayError: that is outside of the folder, by its name or by a symbolic link.
        """
        parts = PurePosixPath(relative)
        path = self.folder / relative
        if parts.is_absolute() or ".." in parts.parts or not parts.parts:
            raise DagwayError(
                f"{relative!r} is no path inside {self.folder}.", "Use a path below the folder."
            )
        parent = str(path.parent)
        if parent not in self._safe_folders:
            self._inside(path.parent)
            self._safe_folders.add(parent)
        if path.is_symlink():
            self._inside(path)
        return path

    def _inside(self, path: Path) -> None:
        real = os.path.realpath(path)
        if real != self._root and not real.startswith(self._root + os.sep):
            raise DagwayError(
                f"{path} is a symbolic link that leaves {self.folder}: it leads to {real}.",
                "Remove the link, or build into another folder.",
            )

    def digest(self, relative: str) -> str | None:
        """The hash of a file's content; None if there is no file.

        Raises:
            DagwayError: a folder stands where the file belongs, or a file where its folder belongs.
        """
        path = self.path(relative)
        try:
            return digest_of_file(path)
        except FileNotFoundError:
            return None
        except (IsADirectoryError, NotADirectoryError):
            raise DagwayError(
                f"{path} cannot be a file: something else has its name.", "Move that away and build again."
            ) from None

    def text(self, relative: str) -> str | None:
        """A file's text; None if it is not text."""
        return as_text(self.path(relative).read_bytes())


def digest_of(content: bytes | Copy) -> str:
    """The SHA-256 of a content."""
    if isinstance(content, Copy):
        return digest_of_file(content.source)
    return hashlib.sha256(content).hexdigest()


def digest_of_file(path: Path) -> str:
    """The SHA-256 of a file, read in blocks."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


def as_text(content: bytes) -> str | None:
    """Bytes as text; None if they are not UTF-8."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None
