"""A process group that ends with the process that started it, however that one ends: also by a signal that it cannot handle."""

from __future__ import annotations

import os
import signal


def end_with_parent() -> None:
    """Ends this process's group as soon as the other end of its standard input is closed.

    For the leader of a group of its own, with one thread, whose standard input is a pipe that only the process that started it
    holds open: the system closes it with that process. A small fork waits for that, because a thread would forbid other
    forks. Afterwards the standard input is empty, as for any process without a terminal.
    """
    if os.getpgrp() != os.getpid():
        # Started by hand: its group is somebody else's.
        return
    leash = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    if os.fork() == 0:
        _wait(leash)
    os.close(leash)


def _wait(leash: int) -> None:
    """Never returns. It holds no output: whoever reads that until its end does not wait for this process."""
    os.close(1)
    os.close(2)
    while os.read(leash, 1):
        pass
    os.killpg(0, signal.SIGKILL)
    os._exit(0)
