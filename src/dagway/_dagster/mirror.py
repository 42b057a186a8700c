"""What a step prints goes to a file and, beside it, to where it would have gone: by a thread, not by four processes."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from dagster._core.execution import compute_logs

#: Seconds between two looks for more.
INTERVAL = 0.2
_PIECE = 1 << 20


def mirror_in_thread() -> None:
    """For this process and those that fork from it."""
    compute_logs.execute_posix_tail = _follow


@contextmanager
def _follow(path: str, stream: Any) -> Generator[tuple[None, None]]:
    """Copies what the file gets to the stream, until the block ends; what was written by then is copied as well."""
    number = cast("Any", compute_logs)._fileno(stream)
    if not number:
        yield None, None
        return
    over = threading.Event()
    # Inside the block the stream's own descriptor is the file.
    target = os.dup(number)
    follower = threading.Thread(
        target=_copy, args=(Path(path), target, over), name="dagway-mirror", daemon=True
    )
    follower.start()
    try:
        yield None, None
    finally:
        over.set()
        follower.join()
        os.close(target)


def _copy(path: Path, target: int, over: threading.Event) -> None:
    with path.open("rb", buffering=0) as file:
        finished = False
        while not finished:
            # Asked before the last look: what is written until then is seen.
            finished = over.wait(INTERVAL)
            while piece := file.read(_PIECE):
                if not _write(target, piece):
                    return


def _write(target: int, piece: bytes) -> bool:
    """All of it; False where nobody reads there any more. The file has it in any case."""
    try:
        while piece:
            piece = piece[os.write(target, piece) :]
    except OSError:
        return False
    return True
