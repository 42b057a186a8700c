"""What a process does after it was forked: becomes what a fresh one would be, then runs what it was sent."""

from __future__ import annotations

import atexit
import io
import os
import pickle
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import util
from multiprocessing.process import BaseProcess
from typing import Any, NoReturn, cast

from dagway.runtime import image
from dagway.runtime.wire import ForkRequest

#: What each new process does first.
_at_start: list[Callable[[], None]] = []
#: The descriptors that were passed to this process, in the order of the request.
inherited: tuple[int, ...] = ()


def at_start(function: Callable[[], None]) -> None:
    """Has every process that is forked from now on call this before it does what it was sent."""
    _at_start.append(function)


@dataclass(frozen=True)
class Surroundings:
    """What a process takes over from the one that asked for it, as a spawned one would."""

    environment: dict[str, str]
    directory: str | None
    path: list[str]

    @classmethod
    def of_this_process(cls) -> Surroundings:
        """What stands here now."""
        try:
            directory = os.getcwd()  # noqa: PTH109 (a folder that is gone must not raise another error)
        except OSError:
            directory = None
        return cls(dict(os.environ), directory, list(sys.path))

    def apply(self) -> None:
        """Makes this process the like; only what differs is touched."""
        for name in os.environ.keys() - self.environment.keys():
            del os.environ[name]
        for name, value in self.environment.items():
            if os.environ.get(name) != value:
                os.environ[name] = value
        if self.directory is not None:
            os.chdir(self.directory)
        sys.path[:] = self.path


def run(request: ForkRequest, control: socket.socket | None) -> NoReturn:
    """The rest of this process's life."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _take_over(request, control)
        # What the image registered is the image's to clean up, not each child's.
        cast("Any", atexit)._clear()
        atexit.register(util._exit_function)  # pyright: ignore[reportUnknownMemberType,reportAttributeAccessIssue,reportUnknownArgumentType]
        with os.fdopen(request.payload, "rb") as payload:
            data = io.BytesIO(payload.read())
        if data.getbuffer().nbytes:
            surroundings: Surroundings = pickle.load(data)  # noqa: S301 (from a process of ours, over a pair of sockets)
            surroundings.apply()
            _draw_anew()
            for function in _at_start:
                function()
            process: BaseProcess = pickle.load(data)  # noqa: S301 (from a process of ours, over a pair of sockets)
            code = cast("int", cast("Any", process)._bootstrap(parent_sentinel=None))
    except BaseException:
        traceback.print_exc()
    finally:
        _end(code)


def _take_over(request: ForkRequest, control: socket.socket | None) -> None:
    global inherited
    for number, descriptor in enumerate(request.streams):
        os.dup2(descriptor, number)
        os.close(descriptor)
    inherited = request.passed
    image.hold(*request.passed)
    if control is not None:
        image.adopt(control.detach(), os.getppid())


def _draw_anew() -> None:
    """numpy's global generator would give the same numbers in each process; Python sees to its own when it forks.

    One that the project has seeded stays as seeded, as in a process that loads it.
    """
    numpy_random: Any = sys.modules.get("numpy.random")
    if numpy_random is not None and numpy_random.mtrand._rand._bit_generator._seed_seq is not None:
        numpy_random.set_bit_generator(numpy_random.MT19937())


def _end(code: int) -> NoReturn:
    try:
        cast("Any", atexit)._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)
