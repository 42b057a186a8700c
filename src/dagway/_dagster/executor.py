"""Dagster's multiprocess executor with another source of step processes."""

from __future__ import annotations

import multiprocessing.context
from collections.abc import Callable, Iterator
from multiprocessing.context import BaseContext
from typing import Any, cast

from dagster import DagsterEvent, ExecutorDefinition, InitExecutorContext, executor
from dagster._core.definitions.executor_definition import (
    MULTI_PROC_CONFIG,
    _core_multiprocess_executor_creation,  # pyright: ignore[reportPrivateUsage,reportUnknownVariableType]
    multiple_process_executor_requirements,
)
from dagster._core.executor.multiprocess import MultiprocessExecutor

from dagway._dagster import step_start

#: Gives the context for a run of so many steps, and calls the function before an image of the run is made; None: as stock.
Source = Callable[[int, Callable[[], None]], BaseContext | None]


class SourcedExecutor(MultiprocessExecutor):
    """The stock executor; only where its processes come from is asked for when a run begins."""

    source: Source

    @classmethod
    def of(cls, stock: MultiprocessExecutor, source: Source) -> SourcedExecutor:
        """With everything that Dagster has read from the configuration."""
        made = cls.__new__(cls)
        for name, value in vars(stock).items():
            setattr(made, name, value)
        made.source = source
        return made

    def execute(self, plan_context: Any, execution_plan: Any) -> Iterator[DagsterEvent]:
        """As stock."""
        context = self.source(
            len(execution_plan.step_keys_to_execute),
            lambda: step_start.keep_for_steps(plan_context, execution_plan),
        )
        if context is not None:
            self._start_method = _register(context)
        yield from super().execute(plan_context, execution_plan)


def executor_of(name: str, source: Source, description: str) -> ExecutorDefinition:
    """The multiprocess executor with its configuration, whose steps start in the context that `source` gives."""

    @executor(
        name=name, config_schema=MULTI_PROC_CONFIG, requirements=multiple_process_executor_requirements()
    )
    def definition(init_context: InitExecutorContext) -> MultiprocessExecutor:
        stock = cast("Any", _core_multiprocess_executor_creation)(init_context.executor_config)
        return SourcedExecutor.of(stock, source)

    definition._description = description  # pyright: ignore[reportPrivateUsage]
    return definition


def _register(context: BaseContext) -> str:
    """The executor asks `multiprocessing` for its context by name: one more name."""
    name = "dagway"
    cast("Any", multiprocessing.context)._concrete_contexts[name] = context
    return name
