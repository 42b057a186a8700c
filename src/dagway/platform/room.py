"""Says once that the disk of the platform's home is nearly full, and once that it is not any more."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

#: Bytes below which runs will soon be unable to report, and those above which that is over.
LEAST, ENOUGH = 50_000_000, 60_000_000


@dataclass
class Room:
    """The disk that a folder is on."""

    folder: Path
    _is_short: bool = False

    def news(self) -> str:
        """What is to be said now; mostly nothing."""
        try:
            free = shutil.disk_usage(self.folder).free
        except OSError:
            return ""
        if not self._is_short and free < LEAST:
            self._is_short = True
            left = f"{free / 1e6:.0f} MB left" if free >= 1e6 else "no room left"
            return f"the disk of {self.folder} is full, with {left}: runs cannot report what they do. Free some space."
        if self._is_short and free > ENOUGH:
            self._is_short = False
            return f"the disk of {self.folder} has room again"
        return ""
