"""What a process does after it was forked: becomes what a fresh one would be, then runs what it was sent."""

from __future__ import annotations

import atexit
import contextlib
import io
import logging
import os
import pickle
import signal
import socket
import sys
import traceback
import weakref
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
#: Whether numpy's generator got its seed here, in this process or in one that it was forked from.
_drawn = False


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
        leave_clean_up_to_the_image()
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


def leave_clean_up_to_the_image() -> None:
    """What the image registered for its end is not each child's to do; what is made from now on is cleaned up here."""
    cast("Any", atexit)._clear()
    # With the functions went Python's own. The temporary folders of the image are its own too; one that is made here must
    # find that nothing sees to such at this process's end yet.
    finalize = cast("Any", weakref.finalize)
    finalize._registry.clear()
    finalize._registered_with_atexit = False
    # In the order in which a fresh process registers them: what comes last is called first.
    atexit.register(logging.shutdown)
    atexit.register(util._exit_function)  # pyright: ignore[reportUnknownMemberType,reportAttributeAccessIssue,reportUnknownArgumentType]


def _draw_anew() -> None:
    """numpy's global generator would give the same numbers in each process; Python sees to its own when it forks.

    One that the project has seeded stays as seeded, as in a process that loads it, and so does one that it has put there.
    """
    global _drawn
    numpy_random: Any = sys.modules.get("numpy.random")
    if numpy_random is None or (not _drawn and _is_seeded(numpy_random)):
        return
    with contextlib.suppress(TypeError):
        numpy_random.seed()
    _drawn = True


def _is_seeded(numpy_random: Any) -> bool:
    """False where this numpy does not tell."""
    try:
        return numpy_random.mtrand._rand._bit_generator._seed_seq is None
    except AttributeError:
        return False


def _end(code: int) -> NoReturn:
    try:
        cast("Any", atexit)._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)
