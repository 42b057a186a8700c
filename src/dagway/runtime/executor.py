"""The executor whose steps fork from the image from which their run was forked."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing.context import BaseContext

from dagway._dagster.executor import executor_of
from dagway.runtime import branch, image
from dagway.runtime.process import ForkContext
from dagway.runtime.wire import Wish


def source(steps: int, make_ahead: Callable[[], None]) -> BaseContext | None:
    """Where the steps of this process's run come from: an image; None where there is none.

    Args:
        steps: of the run. One of several has an image of its own.
        make_ahead: called before that is made.
    """
    handle = image.current()
    if handle is None:
        return None
    if steps > 1:
        make_ahead()
        handle = branch.of_this_run(handle)
    return ForkContext(handle, Wish.ENDS_WITH_OWNER)


warm_executor = executor_of(
    "warm",
    source,
    "Executes each step in a process of its own, forked from the warm image of the definitions;"
    " where there is none, as the multiprocess executor does.",
)
