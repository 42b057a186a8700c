"""Whether the server behind a code server answers. One that hangs has not ended: nothing else tells."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from dagster._grpc.client import (
    DEFAULT_GRPC_TIMEOUT,
    DEFAULT_SCHEDULE_GRPC_TIMEOUT,
    DEFAULT_SENSOR_GRPC_TIMEOUT,
)

#: Seconds without an answer after which a server is taken to hang. It answers in turn, so that a question may have to wait for
#: what others have asked: for a whole minute, or as long as an evaluation may take.
HANGING = float(max(60, DEFAULT_GRPC_TIMEOUT, DEFAULT_SCHEDULE_GRPC_TIMEOUT, DEFAULT_SENSOR_GRPC_TIMEOUT))
#: Seconds between two questions; and those that an answer may take, once one has not come.
PAUSE = 5.0


class Pulse:
    """Of one server. `silence` is called often, and waits for nothing: it asks in a thread."""

    def __init__(self, ask: Callable[[float], object]) -> None:
        """Args:
        ask: asks the server, which may take so many seconds; whatever it raises is no answer.
        """
        self._ask = ask
        self._thread: threading.Thread | None = None
        self._next = 0.0
        #: When the first question was asked since which nothing was answered.
        self._since: float | None = None
        self._hangs = False

    def silence(self) -> float:
        """Seconds for which it has not answered, once they are too many; until then 0."""
        now, since = time.monotonic(), self._since
        if self._hangs and since is not None:
            return now - since
        if (self._thread is None or not self._thread.is_alive()) and now >= self._next:
            self._next = now + PAUSE
            thread = threading.Thread(target=self.look, name="dagway-pulse", daemon=True)
            # Where no thread can be had, it is asked at a later look.
            with suppress(RuntimeError):
                thread.start()
                self._thread = thread
        return 0.0

    def answered(self) -> None:
        """It has answered somebody."""
        self._since, self._hangs = None, False

    def look(self) -> None:
        """Asks once, and waits for the answer."""
        asked, since = time.monotonic(), self._since
        try:
            self._ask(HANGING if since is None else PAUSE)
        except Exception:
            if since is None:
                # This proves nothing, however long it took: this process itself may have been stopped meanwhile.
                self._since, self._hangs = asked, False
            else:
                # Not where somebody else had an answer while this one was waited for.
                self._hangs = self._since is since and time.monotonic() - since >= HANGING
        else:
            self.answered()
