"""Work that builds much and drops little is done without looking for garbage."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def no_garbage_collection() -> Generator[None]:
    """Looking for garbage among many new objects takes a tenth to a fifth of the time, and finds none."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def no_look_at_the_end() -> None:
    """The process ends without the interpreter's last look for garbage: with it go the objects anyway.

    Not where a library counts at the end what was left, as DuckDB's binding does.
    """
    atexit.register(gc.freeze)
