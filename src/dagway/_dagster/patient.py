"""`python -m dagway._dagster.patient SERVICE ADDRESSES OPTIONS…`: Dagster's webserver or daemon, once its code servers are there.

What is long, the imports, is done meanwhile. A service that starts before them would note each location as unreachable first.
"""

from __future__ import annotations

import importlib
import socket
import sys
import time
from collections.abc import Sequence

#: Service → module and function of Dagster's own command.
COMMANDS = {
    "webserver": ("dagster_webserver.cli", "main"),
    "login": ("dagway._dagster.login", "main"),
    "daemon": ("dagster._daemon.cli", "main"),
}
#: Seconds after which a service starts without them.
LONGEST = 60.0
_PAUSE = 0.02


def main(arguments: Sequence[str]) -> None:
    """Becomes the service.

    Args:
        arguments: the service; where its code servers listen, as `host:port` or the path of a socket, separated by commas; and
            the options of Dagster's own command.
    """
    name, addresses, *options = arguments
    module, function = COMMANDS[name]
    command = getattr(importlib.import_module(module), function)
    deadline = time.monotonic() + LONGEST
    for address in filter(None, addresses.split(",")):
        while not _answers(address) and time.monotonic() < deadline:
            time.sleep(_PAUSE)
    sys.argv = [f"dagster-{name}", *options]
    command()


def _answers(address: str) -> bool:
    is_socket = address.startswith("/")
    with socket.socket(socket.AF_UNIX if is_socket else socket.AF_INET) as probe:
        host, _, port = address.rpartition(":")
        try:
            probe.connect(address if is_socket else (host, int(port)))
        except OSError:
            return False
    return True


if __name__ == "__main__":
    main(sys.argv[1:])
