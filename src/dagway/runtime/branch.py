"""An image of a run: its steps find there the job, its checked configuration and what else the run has already made."""

from __future__ import annotations

import logging
from collections.abc import Callable

from dagway.runtime import image, safety
from dagway.runtime.image import Image

#: Dagster's thread that waits for the order to stop. It waits in the kernel, without the interpreter's lock, and holds none:
#: a fork at any moment leaves nothing closed.
_WAITING = "termination-handler"
_logger = logging.getLogger("dagway.runtime")
#: What a run closes before it is copied.
_before: list[Callable[[], None]] = []


def before(function: Callable[[], None]) -> None:
    """Has runs call this before an image of them is made."""
    _before.append(function)


def of_this_run(trunk: Image) -> Image:
    """An image of this process; the one that it was forked from where a copy would not be safe."""
    for function in _before:
        function()
    found = safety.obstacles(besides=frozenset({_WAITING}))
    if found:
        _logger.warning(
            "The steps of this run check its configuration anew: its process has %s, so that it must not be copied.",
            "; ".join(map(str, found)),
        )
        return trunk
    return image.start()
