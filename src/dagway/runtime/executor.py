"""The executor whose steps fork from the image from which their run was forked."""

from __future__ import annotations

from multiprocessing.context import BaseContext

from dagway._dagster.executor import executor_of
from dagway.runtime import branch, image
from dagway.runtime.process import ForkContext
from dagway.runtime.wire import Wish


def source(steps: int) -> BaseContext | None:
    """Where the steps of this process's run come from: an image; None where there is none."""
    handle = image.current()
    if handle is None:
        return None
    return ForkContext(branch.of_this_run(handle) if steps > 1 else handle, Wish.ENDS_WITH_OWNER)


warm_executor = executor_of(
    "warm",
    source,
    "Executes each step in a process of its own, forked from the warm image of the definitions;"
    " where there is none, as the multiprocess executor does.",
)
