"""Where sockets lie: the kernel takes paths of 107 bytes, and the folder for temporary files may have a long one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from dagway.errors import DagwayError

#: Bytes that the path of a socket may have.
LONGEST = 107
#: Only folders that are this user's alone are made there.
_SHORT = "/tmp"  # noqa: S108


def place(name: str) -> Path:
    """The folder for temporary files; another one where the path of a socket there would be too long.

    Args:
        name: the longest path of a socket, from the folder on.

    Raises:
        DagwayError: it is too long everywhere.
    """
    given = Path(tempfile.gettempdir())
    if _fits(given, name):
        return given
    # The user's own comes last, for it goes when the user logs out, and what runs stays.
    for other in (Path(_SHORT), Path("/run/user", str(os.geteuid()))):
        if _fits(other, name) and os.access(other, os.W_OK | os.X_OK):
            return other
    raise DagwayError(
        f"The path of a socket in {given} is longer than the {LONGEST} bytes that the system takes, and {_SHORT} cannot be written.",
        "Set TMPDIR to a folder with a shorter path.",
    )


def _fits(folder: Path, name: str) -> bool:
    return len(os.fsencode(folder / name)) <= LONGEST
