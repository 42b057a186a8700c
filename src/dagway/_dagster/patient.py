"""`python -m dagway._dagster.patient SERVICE ADDRESSES OPTIONS…`: Dagster's webserver or daemon, once its code servers are there.

What is long, the imports, is done meanwhile. A service that starts before them would note each location as unreachable first.
"""

from __future__ import annotations

import importlib
import socket
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from dagway._dagster import env_file

#: Service → module and function of Dagster's own command.
COMMANDS = {
    "webserver": ("dagway._dagster.webserver", "main"),
    "daemon": ("dagster._daemon.cli", "main"),
}
#: Seconds after which a service starts without them.
LONGEST = 60.0
_PAUSE = 0.02
#: Seconds that one of them may take to accept a connection.
PATIENCE = 1.0
#: Seconds between two looks whether a schedule's tick is due.
LOOK = 5.0


def main(arguments: Sequence[str]) -> None:
    """Becomes the service.

    Args:
        arguments: the service; where its code servers listen, as `host:port` or the path of a socket, separated by commas; and
            the options of Dagster's own command; the webserver's begin with who asks for a log-in.
    """
    name, addresses, *options = arguments
    module, function = COMMANDS[name]
    command = getattr(importlib.import_module(module), function)
    # Its variables are those that the platform gave it.
    env_file.leave_alone()
    deadline = time.monotonic() + LONGEST
    for address in filter(None, addresses.split(",")):
        while not _answers(address) and time.monotonic() < deadline:
            time.sleep(_PAUSE)
    if name == "daemon":
        _try_ticks_again_soon()
    sys.argv = [f"dagster-{name}", *options]
    command()


def _try_ticks_again_soon() -> None:
    """The scheduler looks every few seconds whether something is due, not at each minute alone.

    A tick that a code server did not answer would be tried again at the next minute, when a schedule of every minute has another
    tick due; then Dagster runs the later one and forgets the first. What is not due costs nothing: it knows when that will be.
    """
    module: Any = importlib.import_module("dagster._scheduler.scheduler")
    at_next_minute: Callable[[float], float] = module._get_next_scheduler_iteration_time

    def soon(start: float) -> float:
        return min(at_next_minute(start), start + LOOK)

    module._get_next_scheduler_iteration_time = soon


def _answers(address: str) -> bool:
    try:
        if address.startswith("/"):
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(PATIENCE)
                probe.connect(address)
        else:
            host, _, port = address.rpartition(":")
            socket.create_connection((host.strip("[]"), int(port)), PATIENCE).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main(sys.argv[1:])
