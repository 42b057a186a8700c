"""On the path of Python, it gives every process of a proof no network beyond this machine, and notes who asked for one.

It sees what Python's own sockets do; a library with sockets of its own, as DuckDB and obstore are, is not held.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from pathlib import Path
from typing import Any

ASKS = {"socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"}
HERE = {None, "", "localhost", socket.gethostname(), socket.gethostname().partition(".")[0]}


def is_here(host: Any) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in HERE:
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in ASKS:
        return
    asked: Any = arguments[0] if event in {"socket.getaddrinfo", "socket.gethostbyname"} else arguments[1]
    host: Any = asked if isinstance(asked, str | bytes) or asked is None else asked[0]
    # A path is a socket of this machine.
    if is_here(host) or (isinstance(asked, str | bytes) and event in {"socket.connect", "socket.sendto"}):
        return
    with Path(os.environ["ASKED_BEYOND"]).open("a") as asked_beyond:
        asked_beyond.write(f"{event} {host} of {' '.join(sys.argv)}\n")
    raise OSError(f"there is no network here for {host}")


sys.addaudithook(refuse)
