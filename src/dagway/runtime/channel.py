"""A queue and an event between two processes that share nothing but descriptors, in place of named semaphores."""

from __future__ import annotations

import queue
import select
import socket
import threading
from multiprocessing import synchronize
from multiprocessing.connection import Connection, Pipe
from multiprocessing.reduction import ForkingPickler
from typing import Any, cast


class Channel:
    """Objects from one process to the one that made the channel, in their order; as `multiprocessing.Queue` otherwise.

    What is put when nobody listens any more is lost, as it is with a queue.
    """

    def __init__(self) -> None:
        reader, writer = Pipe(duplex=False)
        self._reader: Any = reader
        self._writer: Any = writer

    def __getstate__(self) -> Any:
        return self._writer

    def __setstate__(self, writer: Any) -> None:
        self._reader, self._writer = None, writer

    def put(self, item: object) -> None:
        """Waits while the pipe is full."""
        try:
            self._writer.send(item)
        except BrokenPipeError:
            return

    def only_read(self) -> None:
        """From now on only the other process writes: that it is gone ends what it has not written to its end."""
        self._writer.close()

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Raises queue.Empty where nothing came in time, or nothing whole will come any more."""
        reader: Connection[Any, Any] = self._reader
        if not reader.poll(timeout if block else 0):
            raise queue.Empty
        try:
            item = reader.recv_bytes()
        except (EOFError, OSError):
            # Nobody writes any more; in the middle of an object it is an OSError.
            raise queue.Empty from None
        return cast("Any", ForkingPickler).loads(item)

    def get_nowait(self) -> Any:
        """What is there."""
        return self.get(block=False)

    def close(self) -> None:
        """Nothing is read or put any more."""
        for end in (self._reader, self._writer):
            if end is not None and not end.closed:
                end.close()


class Signal(synchronize.Event):
    """An event that one process sets and another waits for; each holds an end of a pair of sockets.

    Args:
        also_when_owner_is_gone: whether it is set for the other process when the one that made it ends.
    """

    def __init__(self, *, also_when_owner_is_gone: bool) -> None:
        self._end, self._far = socket.socketpair()
        self._also_when_owner_is_gone = also_when_owner_is_gone
        self._here = threading.Event()

    def __getstate__(self) -> Any:
        return self._far, self._also_when_owner_is_gone

    def __setstate__(self, state: Any) -> None:
        self._far = None
        self._end, self._also_when_owner_is_gone = state
        self._here = threading.Event()

    def set(self) -> None:
        """For both."""
        self._here.set()
        for act in (lambda: self._end.send(b"!"), lambda: self._end.shutdown(socket.SHUT_RD)):
            try:
                act()
            except OSError:
                continue

    def is_set(self) -> bool:
        """Whether either has set it."""
        return self.wait(0)

    def wait(self, timeout: float | None = None) -> bool:
        """True once it is set, False after so many seconds."""
        if self._here.is_set():
            return True
        poll = select.poll()
        poll.register(self._end, select.POLLIN)
        if not poll.poll(None if timeout is None else timeout * 1000):
            return self._here.is_set()
        if not self._here.is_set() and self._owner_is_gone() and not self._also_when_owner_is_gone:
            return self._here.wait(timeout)
        return True

    def _owner_is_gone(self) -> bool:
        try:
            return self._end.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except OSError:
            return True
