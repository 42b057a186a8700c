"""An object store on this machine: moto's S3 server, which covers S3's API as far as exports and files use it."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager

from dagway.errors import DagwayError

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "demo",
    "AWS_SECRET_ACCESS_KEY": "demo",
    "AWS_REGION": "us-east-1",
}


@contextmanager
def s3_server(port: int = 0) -> Generator[str]:
    """Serve S3 on a port of this machine, any free one for 0; gives its address. What it holds ends with it.

    Raises:
        DagwayError: the extra `demo` is not installed.
    """
    try:
        from moto.server import ThreadedMotoServer
    except ImportError as error:
        raise DagwayError("The local S3 server needs moto.", "Install dagway[demo].") from error
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@contextmanager
def demo_s3() -> Generator[str]:
    """The address of the S3 server of demo mode: `DAGWAY_DEMO_S3_URL`, else one of this process."""
    if address := os.environ.get("DAGWAY_DEMO_S3_URL"):
        yield address
        return
    with s3_server() as address:
        yield address
