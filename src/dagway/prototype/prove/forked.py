"""A function in a fork of a warm process: imports are paid once, the processes stay apart.

Only for a process with one thread: a fork copies no other, and a lock that one of them held would stay closed.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Fork:
    """A child process and the file that has what it prints."""

    pid: int
    output: Path
    started: float


def fork(function: Callable[[], int], output: Path, **environment: str) -> Fork:
    """Runs the function in a child; its return value is the exit status, what it prints goes to the file.

    Raises:
        RuntimeError: this process has more than one thread.
    """
    if threading.active_count() > 1:
        names = ", ".join(thread.name for thread in threading.enumerate())
        raise RuntimeError(f"A process with several threads must not be forked: {names}")
    sys.stdout.flush()
    sys.stderr.flush()
    with warnings.catch_warnings():
        # Python also counts the threads of allocators and of linear algebra: these prepare themselves for a fork.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid:
        return Fork(pid, output, time.perf_counter())
    os._exit(_child(function, output, environment))


def _child(function: Callable[[], int], output: Path, environment: dict[str, str]) -> int:
    """Never returns to the parent's code: every way to end becomes an exit status."""
    try:
        with output.open("wb") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        os.environ.update(environment)
        return function()
    except SystemExit as end:
        return _status(end)
    # The last frame of this process: whatever is raised is shown in its output.
    except BaseException:
        traceback.print_exc()
        return 70
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _status(end: SystemExit) -> int:
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    print(end.code, file=sys.stderr)
    return 1


def wait(child: Fork) -> tuple[int, float]:
    """The exit status and the seconds; a signal's number is negative, as in `subprocess`."""
    _, status = os.waitpid(child.pid, 0)
    return os.waitstatus_to_exitcode(status), time.perf_counter() - child.started
