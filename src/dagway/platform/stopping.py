"""Signals that end a platform, or a deployment to it, in order."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Protocol

#: Runs are canceled and not waited for. Not one more of the others: who asks cannot know how many have come.
CANCEL = signal.SIGUSR1
_ENDS = (signal.SIGINT, signal.SIGTERM)
#: What a command ends with that a signal of this number has ended.
_BY_SIGNAL = 128


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


@contextmanager
def undoing() -> Generator[Callable[[], None]]:
    """While this is open, SIGTERM and a closed terminal are exceptions, as Ctrl-C is: what was begun can be undone.

    Yields what has none of the three be heard any more: who calls it undoes to the end. The first of them does so too.
    """
    handled = [signal.SIGINT, signal.SIGTERM]
    # `nohup` means that it goes on when the terminal is closed.
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        handled.append(signal.SIGHUP)

    def be_deaf() -> None:
        for one in handled:
            signal.signal(one, signal.SIG_IGN)

    def end(number: int, _frame: Any) -> None:
        be_deaf()
        raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(_BY_SIGNAL + number)

    before = {kind: signal.signal(kind, end) for kind in handled}
    try:
        yield be_deaf
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
