# pyright: reportPrivateUsage=false
"""Puts Dagway's code server and executor in the place of Dagster's in every process of a test session.

Python imports this module at its start wherever its folder is on PYTHONPATH. On both sides it makes deadlines longer.
"""

import functools
import importlib.util
import inspect
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

EXECUTOR = "dagster._core.executor.multiprocess"
#: Functions that wait, by module; each has a parameter `timeout`, in seconds.
WAITING = {
    "dagster._grpc.server": ("wait_for_grpc_server",),
    "dagster._core.test_utils": ("poll_for_finished_run", "poll_for_event"),
}


def code_server(command: Sequence[str]) -> list[str] | None:
    """Dagway's command for one of Dagster's code servers; None for any other command."""
    match list(command[1:]):
        case ["-m", "dagster", "api", "grpc", *options] | ["-m", "dagster", "code-server", "start", *options]:
            return [sys.executable, "-m", "dagway", "code-server", *options]
        case _:
            return None


class AfterImport(MetaPathFinder):
    """Once a module of this name is loaded, acts on it."""

    def __init__(self, name: str, act: Callable[[ModuleType], None]) -> None:
        self._name, self._act = name, act

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's own spec, with a loader that acts afterwards."""
        if fullname != self._name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            act_after(spec.loader, self._act)
        return spec


def act_after(loader: Loader, act: Callable[[ModuleType], None]) -> None:
    """Let this loader act when it has executed the module."""
    execute = loader.exec_module

    def execute_and_act(module: ModuleType) -> None:
        execute(module)
        act(module)

    loader.exec_module = execute_and_act  # pyright: ignore[reportAttributeAccessIssue]


def wait_longer(module: ModuleType, factor: float) -> None:
    """Functions of the module that wait do so for longer."""
    for name in WAITING[module.__name__]:
        module.__dict__[name] = patient(module.__dict__[name], factor)


def patient(function: Callable[..., Any], factor: float) -> Callable[..., Any]:
    """The function, which takes its `timeout` so many times as long."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def wait(*arguments: Any, **named: Any) -> Any:
        bound = signature.bind(*arguments, **named)
        bound.apply_defaults()
        bound.arguments["timeout"] *= factor
        return function(*bound.args, **bound.kwargs)

    return wait


def swap_executor(module: ModuleType) -> None:
    """Its executor is Dagway's."""
    warm_where_nothing_is_said(module.__dict__["MultiprocessExecutor"])


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


if longer := float(os.environ.get("DAGWAY_PATIENCE", "0")):
    for waiting in WAITING:
        sys.meta_path.insert(0, AfterImport(waiting, functools.partial(wait_longer, factor=longer)))
if os.environ.get("DAGWAY_SWAP"):
    if command := code_server(sys.orig_argv):
        os.execv(sys.executable, command)
    sys.meta_path.insert(0, AfterImport(EXECUTOR, swap_executor))
    if os.environ.pop("DAGWAY_SWAP_IMAGE", None):
        hold_image()
