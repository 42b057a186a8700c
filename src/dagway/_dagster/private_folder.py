"""A folder that only this user may enter, for sockets and for runs; what killed processes have left of theirs is taken over."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import socket
import sys
import tempfile
import uuid
from collections.abc import Generator
from pathlib import Path

from dagway._dagster.socket_place import place

_PREFIX = "dagway-"
_LOCK = "lock"
_UNFINISHED_LOCK = "lock.new"
_RUNS = "runs"
#: As long as the name of a socket in such a folder.
_LONGEST = f"{_PREFIX}12345678/12345678"


class PrivateFolder:
    """Is there until `remove`; a folder of a process that was killed, until the next is made, which takes over its runs.

    Its lock is not inherited by programs that are started: it ends with this process, whatever becomes of the others. It
    tells whose it was: see `is_heir`.

    Attributes:
        runs: a folder for files about runs; they outlive this process.
    """

    def __init__(self) -> None:
        """Raises:
        DagwayError: there is no folder for it whose path is short enough.
        """
        above = place(_LONGEST)
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=above))
        self.runs = self.path / _RUNS
        self.runs.mkdir(mode=0o700)
        # Under its name only once it is held and written: else another process could take this folder for one that was left.
        unfinished = self.path / _UNFINISHED_LOCK
        self._lock = unfinished.open("w", encoding="utf-8")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._lock.write(f"{socket.gethostname()}\n{sys.prefix}")
        self._lock.flush()
        unfinished.rename(self.path / _LOCK)
        for folder in above.glob(f"{_PREFIX}*"):
            # Another process may take it over first, or remove it.
            with contextlib.suppress(OSError):
                self._take_over(folder)

    def socket(self) -> str:
        """A path that no socket has had."""
        return str(self.path / uuid.uuid4().hex[:8])

    def remove_besides(self, used: set[str]) -> None:
        """The sockets that are not among these: their servers could not remove them."""
        for path in self.path.iterdir():
            if path.name not in {_LOCK, _RUNS} and str(path) not in used:
                path.unlink(missing_ok=True)

    def remove(self) -> None:
        """All of it; but where runs are left, they stay for the next."""
        if any(self.runs.iterdir()):
            self.remove_besides(set())
        else:
            shutil.rmtree(self.path, ignore_errors=True)
        self._lock.close()

    def _take_over(self, folder: Path) -> None:
        if folder.lstat().st_uid != os.geteuid():
            return
        with _locked(folder / _LOCK) as owner:
            left = list((folder / _RUNS).iterdir()) if (folder / _RUNS).is_dir() else []
            if left and not is_heir(owner):
                return
            for path in left:
                path.replace(self.runs / path.name)
            shutil.rmtree(folder, ignore_errors=True)


def is_heir(owner: str) -> bool:
    """Whether this process may take over runs of another: of the same host, where their processes are, and of the same
    environment of Python, or of one that is gone: another one may lack the package of their storage.
    """
    host, _, environment = owner.partition("\n")
    return host == socket.gethostname() and (environment == sys.prefix or not Path(environment).exists())


@contextlib.contextmanager
def _locked(lock: Path) -> Generator[str]:
    """What stands in the lock of a folder whose process is gone.

    Raises:
        OSError: there is no lock (a folder that is being made, or another's), or it is held.
    """
    descriptor = os.open(lock, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield os.read(descriptor, 1000).decode(errors="replace")
    finally:
        os.close(descriptor)
