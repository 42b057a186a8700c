"""A `multiprocessing` context whose processes fork from an image: what Dagster's server and executor are given."""

from __future__ import annotations

import errno
import io
import logging
import os
import select
import signal
import socket
import threading
from collections.abc import Callable
from multiprocessing import popen_fork, popen_spawn_posix, process, reduction, util
from multiprocessing.context import BaseContext, set_spawning_popen
from typing import IO, Any, cast

from dagway._dagster import pidfds
from dagway.runtime import child, wire
from dagway.runtime.channel import Channel, Signal
from dagway.runtime.image import Image
from dagway.runtime.wire import Ended, ForkRequest, Refused, Started, Wish

#: The exit code of a process of which nobody could see the end, because its image was gone.
UNKNOWN = 255
_logger = logging.getLogger("dagway.runtime")


class ImageGoneError(OSError):
    """The image has ended, or has no room left: what was asked for has not been started."""


class ForkContext(BaseContext):
    """Queues, events and processes, as Dagster asks a context for them.

    Where the image is gone, a process starts as Dagster would start it: it loads everything itself.
    """

    _name = "dagway"

    def __init__(self, image: Image, wish: Wish) -> None:
        self._image, self._wish = image, wish

    def Queue(self, maxsize: int = 0) -> Any:  # noqa: N802 (multiprocessing's name)
        """From the new process to this one."""
        return Channel()

    def Event(self) -> Any:  # noqa: N802 (multiprocessing's name)
        """From this process to the new one: stop."""
        return Signal(also_when_owner_is_gone=Wish.ENDS_WITH_OWNER in self._wish)

    def Process(self, target: Callable[..., object], args: Any = ()) -> ForkedProcess:  # noqa: N802  # pyright: ignore[reportIncompatibleVariableOverride]
        """Not started yet."""
        return ForkedProcess(self._image, self._wish, target, args)

    def _check_available(self) -> None:
        return


class ForkedProcess(process.BaseProcess):
    """A process that forks from the image once it is started."""

    # In the new process `multiprocessing` starts others as in any process that Dagster starts.
    _start_method = "spawn"

    def __init__(self, image: Image, wish: Wish, target: Callable[..., object], args: Any) -> None:
        super().__init__(target=target, args=tuple(args))
        self._image, self._wish = image, wish

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_image": None}

    def _Popen(self, process_obj: ForkedProcess) -> popen_fork.Popen:  # noqa: N802
        started = self._started(process_obj)
        for channel in cast("Any", process_obj)._args:
            if isinstance(channel, Channel):
                channel.only_read()
        return started

    def _started(self, process_obj: ForkedProcess) -> popen_fork.Popen:
        try:
            return Popen(process_obj, self._image, self._wish)
        except ImageGoneError as error:
            _logger.warning(
                "The warm image is gone: %s starts cold and loads the definitions. %s", self.name, error
            )
            return popen_spawn_posix.Popen(process_obj)


class _Inherited:
    """A descriptor in the payload: its number among those that are passed."""

    def __init__(self, number: int) -> None:
        self._number = number

    def detach(self) -> int:
        return child.inherited[self._number]


class Popen(popen_fork.Popen):
    """The state of a process that an image forked."""

    method = "dagway"
    DupFd = _Inherited

    def __init__(self, process_obj: ForkedProcess, image: Image, wish: Wish) -> None:
        self._passed: list[int] = []
        self._image, self._wish = image, wish
        self._polling = threading.Lock()
        super().__init__(process_obj)

    def duplicate_for_child(self, fd: int) -> int:
        self._passed.append(fd)
        return len(self._passed) - 1

    def _launch(self, process_obj: ForkedProcess) -> None:
        payload = self._payload(process_obj)
        self._status, theirs = wire.pair()
        reader, writer = os.pipe()
        try:
            request = ForkRequest(self._wish, reader, theirs.fileno(), (0, 1, 2), tuple(self._passed))
            self._image.fork(request)
        except OSError as error:
            os.close(writer)
            self._status.close()
            raise ImageGoneError(*error.args) from error
        finally:
            os.close(reader)
            theirs.close()
        # The payload is given only to a process that is known: one whose image ended meanwhile finds nothing to do.
        with os.fdopen(writer, "wb") as pipe:
            self._await_start()
            _write(pipe, payload)

    def _payload(self, process_obj: ForkedProcess) -> memoryview:
        buffer = io.BytesIO()
        set_spawning_popen(cast("Any", self))
        try:
            reduction.dump(child.Surroundings.of_this_process(), buffer)
            reduction.dump(process_obj, buffer)
        finally:
            set_spawning_popen(None)
        return buffer.getbuffer()

    def _await_start(self) -> None:
        match wire.receive_status(self._status):
            case Started(pid, pidfd):
                self.pid = pid
                self.sentinel = pidfd
            case Refused(errno.EMFILE):
                self._status.close()
                raise ImageGoneError(errno.EMFILE, "It may not open one descriptor more")
            case Refused(number):
                self._status.close()
                raise OSError(number, f"The warm image could not fork: {os.strerror(number)}")
            case _:
                self._status.close()
                raise ImageGoneError("The image ended while it was asked")
        self.finalizer = util.Finalize(self, _close, (self._status, self.sentinel))
        self._status.setblocking(False)

    def poll(self, flag: int = os.WNOHANG) -> int | None:
        """The exit code, or None while the process runs."""
        while True:
            # What one thread has read, another one would look for in vain.
            with self._polling:
                if self.returncode is None:
                    self.returncode = self._read()
            if self.returncode is not None or flag == os.WNOHANG:
                return self.returncode
            _await(self.sentinel)
            # The image tells the code, or is gone.
            _await(self._status)

    def _read(self) -> int | None:
        try:
            status = wire.receive_status(self._status)
        except BlockingIOError:
            return None
        if isinstance(status, Ended):
            return status.code
        # The image is gone: the code with it, but not the end.
        return UNKNOWN if _await(self.sentinel, 0) else None

    def _send_signal(self, sig: int) -> None:
        if self.returncode is None:
            try:
                signal.pidfd_send_signal(self.sentinel, sig)
            except ProcessLookupError:
                return


def _write(pipe: IO[bytes], data: memoryview) -> None:
    """All of it; a process that ends before it has read all is found out by its status."""
    try:
        pipe.write(data)
        pipe.flush()
    except BrokenPipeError:
        return


def _await(descriptor: int | socket.socket, timeout: int | None = None) -> bool:
    """Whether there is something to read, or the other end is gone, within so many milliseconds; `select` takes few numbers."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(timeout))


def _close(status: socket.socket, pidfd: int) -> None:
    status.close()
    os.close(pidfd)


def is_supported() -> bool:
    """Whether this machine can hold an image: Linux, with descriptors for processes."""
    return pidfds.are_supported()
