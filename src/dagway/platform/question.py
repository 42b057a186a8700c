"""A question that may hang, asked in a thread of its own: whoever asks it looks now and then for the answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")


class Question(Generic[T]):
    """One at a time."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._found: T | Exception | None = None
        self._next = 0.0

    def ask(self, question: Callable[[], T], pause: float = 0.0) -> None:
        """Asks, unless it is being asked or has been within `pause` seconds."""
        if self._thread is not None or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + pause
        self._found = None
        thread = threading.Thread(target=self._look, args=(question,), daemon=True)
        # Where no thread can be had, it is asked at a later look.
        with suppress(RuntimeError):
            thread.start()
            self._thread = thread

    def wait(self, seconds: float) -> None:
        """Until there is an answer, and no longer than this."""
        if self._thread is None:
            time.sleep(seconds)
        else:
            self._thread.join(seconds)

    def answer(self) -> T | Exception | None:
        """What the last question was answered or what it raised, once; None where there is nothing yet."""
        if self._thread is None or self._thread.is_alive():
            return None
        self._thread = None
        return self._found

    def _look(self, question: Callable[[], T]) -> None:
        try:
            self._found = question()
        # Whatever it meets is told to who asked.
        except Exception as error:
            self._found = error
