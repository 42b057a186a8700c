"""A full disk, a quota, a limit on the size of files: recognized wherever it shows, and told as what it is."""

from __future__ import annotations

import errno
from collections.abc import Iterator

from dagway.errors import DagwayError

_NUMBERS = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}
_WORDS = ("database or disk is full", "disk i/o error", "no space left on device", "file too large")
REMEDY = "Make room, or prove a copy of the project on another disk. An earlier proof stays as it was."


def no_room(error: BaseException, doing: str) -> DagwayError | None:
    """What to tell if the error, or one behind it, is that something could not be written for want of room; else None.

    Args:
        doing: what was to be written, as the beginning of a sentence.
    """
    for cause in _behind(error):
        if isinstance(cause, OSError) and cause.errno in _NUMBERS:
            return DagwayError(f"{doing}: {cause}.", REMEDY)
        first = str(cause).partition("\n")[0]
        if any(words in first.lower() for words in _WORDS):
            return DagwayError(f"{doing}: {first}.", REMEDY)
    return None


def _behind(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or following.__context__
