"""What services print: a file for each, which they write themselves, and a reader that shows the lines as they come.

A service writes to its file and not to a pipe: its runs, which outlive it, must not fail at a `print` because nobody reads.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from dagway.platform.home import PRIVATE_FILE

#: Bytes after which a file is put aside, and how many are kept besides the one that is written.
LARGEST, KEPT = 20_000_000, 3
_CHUNK = 1 << 16


@dataclass
class Log:
    """One service's file; `lines()` gives what was written since it was asked last.

    Attributes:
        is_kept: whether this one puts a large file aside; all others who read it only read.
    """

    path: Path
    is_kept: bool = True
    _at: int = 0
    _rest: bytes = field(default=b"", repr=False)
    #: Its size when it could not be put aside last; it is tried again once as much has come.
    _refused: int = 0

    def open(self) -> int:
        """A descriptor to append to, which the service inherits; its end is where reading begins."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, PRIVATE_FILE)

    def skip(self) -> None:
        """What was written so far is not read."""
        self._at = self.path.stat().st_size if self.path.exists() else 0

    def lines(self) -> list[str]:
        """Whole lines that came since; a line without an end waits for it."""
        try:
            size = self.path.stat().st_size
            self._at = 0 if size < self._at else self._at
            with self.path.open("rb") as file:
                file.seek(self._at)
                data = file.read(min(size - self._at, 64 * _CHUNK))
        except OSError:
            return []
        self._at += len(data)
        *whole, self._rest = (self._rest + data).split(b"\n")
        if self.is_kept and size > max(LARGEST, self._refused + LARGEST) and self._at >= size:
            self._try_to_put_aside(size)
        return [line.decode(errors="replace").rstrip("\r") for line in whole]

    def tail(self, most: int) -> list[str]:
        """The last lines."""
        try:
            with self.path.open("rb") as file:
                file.seek(0, os.SEEK_END)
                size = file.tell()
                file.seek(max(0, size - most * 400))
                return file.read().decode(errors="replace").splitlines()[-most:]
        except OSError:
            return []

    def _try_to_put_aside(self, size: int) -> None:
        """A full disk leaves everything as it is: nobody who reads ends because of it."""
        copy = self.path.with_name(f"{self.path.name}.new")
        try:
            self._copy(copy)
            for number in range(KEPT, 1, -1):
                older = self._aside(number - 1)
                if older.exists():
                    older.replace(self._aside(number))
            copy.replace(self._aside(1))
            # Emptied, not replaced: those who append to it keep it open.
            os.truncate(self.path, 0)
        except OSError:
            self._refused = size
            with suppress(OSError):
                copy.unlink(missing_ok=True)
        else:
            self._at = self._refused = 0

    def _copy(self, copy: Path) -> None:
        descriptor = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
        with self.path.open("rb") as source, os.fdopen(descriptor, "wb") as target:
            while data := source.read(_CHUNK):
                target.write(data)

    def _aside(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")
