"""The code server whose runs fork from a warm image."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from multiprocessing.context import BaseContext
from typing import Any

from dagway._dagster import code_server, warm_definitions
from dagway._dagster.warm_definitions import Loaded
from dagway.runtime import image
from dagway.runtime.process import ForkContext
from dagway.runtime.wire import Wish

_logger = logging.getLogger("dagster.code_server")


def supervise(options: Mapping[str, Any]) -> None:
    """Serves until it is told to end: a server that reloads, and behind it one with a warm image for each load."""
    code_server.supervise(["-m", "dagway.runtime"], options)


def serve(arguments: Sequence[str]) -> None:
    """Serves until it is told to end; the arguments are those of `dagster api grpc`."""
    code_server.serve(arguments, _warm)


def _warm(loaded: Sequence[Loaded]) -> BaseContext | None:
    warm_definitions.keep(loaded)
    handle = image.start()
    return ForkContext(handle, Wish.MAY_FORK)
