"""The executor whose steps fork from the image from which their run was forked."""

from __future__ import annotations

from multiprocessing.context import BaseContext

from dagway._dagster.executor import executor_of
from dagway.runtime import image
from dagway.runtime.process import ForkContext
from dagway.runtime.wire import Wish


def step_context() -> BaseContext | None:
    """In which the steps of this process's run start warm; None where it was not forked from an image."""
    handle = image.current()
    return None if handle is None else ForkContext(handle, Wish.ENDS_WITH_OWNER)


warm_executor = executor_of(
    "warm",
    step_context,
    "Executes each step in a process of its own, forked from the warm image of the definitions;"
    " where there is none, as the multiprocess executor does.",
)
