"""A folder for sockets that only this user may enter; what killed processes have left of theirs is removed."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import uuid
from pathlib import Path

_PREFIX = "dagway-"
_LOCK = "lock"


class PrivateFolder:
    """Is there until `remove`; a folder of a process that was killed, until the next is made.

    Its lock is not inherited by programs that are started: it ends with this process, whatever becomes of the others.
    """

    def __init__(self) -> None:
        _remove_abandoned()
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self._lock = (self.path / _LOCK).open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def socket(self) -> str:
        """A path that no socket has had. Short: the kernel takes 107 bytes."""
        return str(self.path / uuid.uuid4().hex[:8])

    def remove_besides(self, used: set[str]) -> None:
        """The sockets that are not among these: their servers could not remove them."""
        for path in self.path.iterdir():
            if path.name != _LOCK and str(path) not in used:
                path.unlink(missing_ok=True)

    def remove(self) -> None:
        """All of it."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.close()


def _remove_abandoned() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            abandoned = folder.lstat().st_uid == os.geteuid() and _is_unlocked(folder / _LOCK)
        except OSError:
            continue
        if abandoned:
            shutil.rmtree(folder, ignore_errors=True)


def _is_unlocked(lock: Path) -> bool:
    """Raises OSError where there is no lock: a folder that is being made, or another's."""
    descriptor = os.open(lock, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
