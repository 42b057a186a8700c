"""What a worker is told while it works: to cancel, to end at once. Whoever told it may be gone: then it cancels."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Collection, Generator
from contextlib import contextmanager

CANCEL, FORCE = b"cancel\n", b"force\n"


class Control:
    """The reading end of a pipe; the first line is the request.

    Attributes:
        cancelled: the runs are to end, and nothing new is to begin.
        forced: and at once.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._read, self._open = descriptor, b"", True
        self.cancelled = self.forced = self._breakable = False
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN)
        signal.signal(signal.SIGTERM, self._signalled)
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def first_line(self) -> str:
        """Waits for it."""
        while b"\n" not in self._read and self._open:
            self._take()
        line, _, self._read = self._read.partition(b"\n")
        self._understand()
        return line.decode()

    def cancel(self) -> None:
        """As if it had been told."""
        self.cancelled = True

    @contextmanager
    def breakable(self) -> Generator[None]:
        """While this is open, being cancelled raises KeyboardInterrupt: nothing has begun that had to be ended well."""
        self._breakable = True
        try:
            yield
        finally:
            self._breakable = False
        self.wait((), 0)

    def _signalled(self, _number: int, _frame: object) -> None:
        self.cancel()
        if self._breakable:
            raise KeyboardInterrupt

    def wait(self, others: Collection[int], seconds: float) -> None:
        """Until it is told something, one of the other descriptors is ready, or the time is over."""
        for descriptor in others:
            self._poll.register(descriptor, select.POLLIN)
        ready = {descriptor for descriptor, _ in self._poll.poll(seconds * 1000)}
        for descriptor in others:
            self._poll.unregister(descriptor)
        if self._descriptor in ready and self._open:
            self._take()
            self._understand()

    def _take(self) -> None:
        data = os.read(self._descriptor, 1 << 16)
        self._read += data
        if not data:
            self._open = False
            self._poll.unregister(self._descriptor)
            self.cancel()

    def _understand(self) -> None:
        self.cancelled = self.cancelled or CANCEL in self._read or FORCE in self._read
        self.forced = self.forced or FORCE in self._read
