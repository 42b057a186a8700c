"""What the platform says of itself and of its services, in a file beside those that the services write."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from dagway.platform.home import Home
from dagway.platform.log import Log
from dagway.platform.services import PLATFORM

#: Told who says a line, and the line.
Tell = Callable[[str, str], None]
#: Bytes that wait at most while the disk takes none.
_MOST = 100_000


class Journal:
    """The platform's own log, each line with its time and with whom it is about."""

    def __init__(self, home: Home) -> None:
        self._log = Log(home.logs / f"{PLATFORM}.log")
        self._log.skip()
        self._waiting = b""

    def note(self, who: str, text: str) -> None:
        """Writes it; what a full disk does not take comes with what is noted later."""
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        lines = "".join(f"{now} {who}: {line}\n" for line in text.splitlines())
        self._waiting = (self._waiting + lines.encode())[-_MOST:]
        with suppress(OSError):
            descriptor = self._log.open()
            try:
                while self._waiting:
                    self._waiting = self._waiting[os.write(descriptor, self._waiting) :]
            finally:
                os.close(descriptor)
        # Puts the file aside where it has become large.
        self._log.lines()


def noted(home: Home, tell: Tell) -> Tell:
    """The same, which is written to the log too."""
    journal = Journal(home)

    def told(who: str, line: str) -> None:
        journal.note(who, line)
        tell(who, line)

    return told
