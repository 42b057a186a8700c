"""A server on a port of this machine, in a thread, for as long as a block is open."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from socketserver import BaseRequestHandler, TCPServer

from dagway.errors import DagwayError


@contextmanager
def served(server_class: type[TCPServer], handler: type[BaseRequestHandler], port: int) -> Generator[int]:
    """Serves until the block ends; gives the port.

    Args:
        port: 0 for any that is free.

    Raises:
        DagwayError: the port is taken.
    """
    try:
        server = server_class(("127.0.0.1", port), handler)
    except OSError as error:
        raise DagwayError(f"Port {port} cannot be served: {error.strerror}.", "Name another port.") from error
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
