"""Signals that end a platform in order."""

from __future__ import annotations

import signal
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Protocol

#: Runs are canceled and not waited for. Not one more of the others: who asks cannot know how many have come.
CANCEL = signal.SIGUSR1
_ENDS = (signal.SIGINT, signal.SIGTERM)


class Stoppable(Protocol):
    """What is asked to end: once more, or without waiting for runs."""

    def stop(self) -> None: ...

    def cancel(self) -> None: ...


@contextmanager
def signals(running: Stoppable) -> Generator[None]:
    """While this is open, Ctrl-C, SIGTERM and a closed terminal stop the platform in order, and `CANCEL` does without its runs' end."""

    def stop(_number: int, _frame: Any) -> None:
        running.stop()

    def cancel(_number: int, _frame: Any) -> None:
        running.cancel()

    before = {kind: signal.signal(kind, stop) for kind in _ENDS}
    before[CANCEL] = signal.signal(CANCEL, cancel)
    # `nohup` means that the platform stays when the terminal is closed.
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        before[signal.SIGHUP] = signal.signal(signal.SIGHUP, stop)
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
