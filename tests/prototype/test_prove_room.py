"""Want of room is recognized behind other errors, and nothing else is taken for it."""

from __future__ import annotations

import errno
import sqlite3

import pytest
from sqlalchemy.exc import OperationalError

from dagway.prototype.prove.room import no_room

FULL = OSError(errno.ENOSPC, "No space left on device")


def raised(error: Exception, cause: Exception | None = None) -> Exception:
    try:
        raise error from cause
    except Exception as caught:
        return caught


@pytest.mark.unit
@pytest.mark.parametrize(
    "error",
    [
        FULL,
        OSError(errno.EFBIG, "File too large"),
        raised(ValueError("the run failed"), FULL),
        OperationalError("insert", {}, sqlite3.OperationalError("database or disk is full")),
        OperationalError("insert", {}, sqlite3.OperationalError("disk I/O error")),
    ],
)
def test_a_full_disk_is_recognized(error: Exception) -> None:
    told = no_room(error, "The runs cannot be written")
    assert told is not None
    assert told.message.startswith("The runs cannot be written: ")
    assert "Make room" in told.remedy


@pytest.mark.unit
@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EACCES, "Permission denied"),
        OperationalError("x", {}, sqlite3.OperationalError("locked")),
    ],
)
def test_nothing_else_is_taken_for_it(error: Exception) -> None:
    assert no_room(error, "The runs cannot be written") is None
