"""Write a project's files into its folder, one build at a time."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from dagway.errors import DagwayError
from dagway.prototype.build.files import Files
from dagway.prototype.write import journal, manifest
from dagway.prototype.write.changes import Changes
from dagway.prototype.write.decide import decide
from dagway.prototype.write.disk import Disk

_REASONS = {
    errno.ENOSPC: ("the disk is full", "Make room"),
    errno.EDQUOT: ("the disk quota is used up", "Make room"),
    errno.EROFS: ("the file system is read-only", "Build into another folder"),
    errno.EACCES: ("permission is denied", "Give yourself the right to write there"),
    errno.EPERM: ("permission is denied", "Give yourself the right to write there"),
}


def write(files: Files, folder: Path, *, diff_only: bool = False) -> Changes:
    """Bring a folder to what a blueprint asks for. What a person changed or deleted stays so.

    An earlier write that was interrupted is finished first.

    Args:
        diff_only: say what would change, and write nothing.

    Raises:
        DagwayError: another build is at work there, a link leaves the folder, or the disk refuses; nothing is lost.
    """
    if diff_only:
        return diff(files, folder)
    with _explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder):
            disk = Disk(folder)
            journal.roll_forward(disk)
            decision = decide(files, manifest.read(folder), disk)
            if decision.changes.any or decision.manifest != manifest.read(folder):
                journal.commit(decision, disk)
                journal.roll_forward(disk)
            return decision.changes


def diff(files: Files, folder: Path) -> Changes:
    """What `write` would change. Nothing is written, not even the folder."""
    with _explained(folder):
        return decide(files, manifest.read(folder), Disk(folder)).changes


def recover(folder: Path) -> bool:
    """Finish an interrupted write, or drop what it had staged; whether there was one to finish."""
    if not (folder / journal.PENDING).is_dir():
        return False
    with _explained(folder), _locked(folder):
        return journal.roll_forward(Disk(folder))


@contextmanager
def _explained(folder: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        reason, remedy = _REASONS.get(error.errno or 0, (error.strerror or str(error), "Mend that"))
        where = error.filename or folder
        raise DagwayError(
            f"{where} cannot be written: {reason}.",
            f"{remedy} and build again: it goes on from where it stopped, and no file is half-written.",
        ) from error


@contextmanager
def _locked(folder: Path) -> Generator[None]:
    """One build at a time. The lock ends with the process, however it ends."""
    path = Disk(folder).path(".dagway/lock")
    path.parent.mkdir(exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DagwayError(
                f"Another build is writing to {folder}.", "Wait until it is done, then build again."
            ) from None
        yield
    finally:
        os.close(descriptor)
