"""The executor whose steps fork from the image from which their run was forked."""

from __future__ import annotations

from multiprocessing.context import BaseContext

from dagway._dagster.executor import executor_of
from dagway.runtime import image
from dagway.runtime.process import ForkContext
from dagway.runtime.wire import Wish


def _context() -> BaseContext | None:
    handle = image.current()
    return None if handle is None else ForkContext(handle, Wish.ENDS_WITH_OWNER)


warm_executor = executor_of(
    "warm",
    _context,
    "Executes each step in a process of its own, forked from the warm image of the definitions;"
    " where there is none, as the multiprocess executor does.",
)
