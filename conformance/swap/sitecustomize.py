# pyright: reportPrivateUsage=false
"""Puts Dagway's code server and executor in the place of Dagster's in every process of a test session.

Python imports this module at its start wherever its folder is on PYTHONPATH.
"""

import functools
import importlib.util
import os
import sys
from collections.abc import Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

EXECUTOR = "dagster._core.executor.multiprocess"


def code_server(command: Sequence[str]) -> list[str] | None:
    """Dagway's command for one of Dagster's code servers; None for any other command."""
    match list(command[1:]):
        case ["-m", "dagster", "api", "grpc", *options] | ["-m", "dagster", "code-server", "start", *options]:
            return [sys.executable, "-m", "dagway", "code-server", *options]
        case _:
            return None


class ExecutorSwap(MetaPathFinder):
    """Once the multiprocess executor's module is loaded, its executor is Dagway's."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's own spec, with a loader that swaps afterwards."""
        if fullname != EXECUTOR:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            swap_after(spec.loader)
        return spec


def swap_after(loader: Loader) -> None:
    """Let this loader swap when it has executed the module."""
    execute = loader.exec_module

    def execute_and_swap(module: ModuleType) -> None:
        execute(module)
        warm_where_nothing_is_said(module.__dict__["MultiprocessExecutor"])

    loader.exec_module = execute_and_swap  # pyright: ignore[reportAttributeAccessIssue]


def warm_where_nothing_is_said(executor: Any) -> None:
    """Executors of which a test asks no other way to start processes start them as Dagway's does."""
    stock = executor.execute

    @functools.wraps(stock)
    def execute(self: Any, plan_context: Any, execution_plan: Any) -> Iterator[Any]:
        from dagway._dagster.executor import SourcedExecutor
        from dagway.runtime.executor import source

        unasked = type(self) is executor and self._start_method == "spawn"
        run = SourcedExecutor.of(self, source).execute if unasked else functools.partial(stock, self)
        yield from run(plan_context, execution_plan)

    executor.execute = execute


def hold_image() -> None:
    """An image for the session's own process, which many tests let execute jobs: there a run has no code server."""
    from dagway._dagster import warm
    from dagway.runtime import image

    warm.warm_up()
    image._current = image.start()


if os.environ.get("DAGWAY_SWAP"):
    if command := code_server(sys.orig_argv):
        os.execv(sys.executable, command)
    sys.meta_path.insert(0, ExecutorSwap())
    if os.environ.pop("DAGWAY_SWAP_IMAGE", None):
        hold_image()
