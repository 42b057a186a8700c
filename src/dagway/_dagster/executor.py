"""Dagster's multiprocess executor with another source of step processes."""

from __future__ import annotations

import multiprocessing.context
from collections.abc import Callable
from multiprocessing.context import BaseContext
from typing import Any, cast

from dagster import ExecutorDefinition, InitExecutorContext, executor
from dagster._core.definitions.executor_definition import (
    MULTI_PROC_CONFIG,
    _core_multiprocess_executor_creation,  # pyright: ignore[reportPrivateUsage,reportUnknownVariableType]
    multiple_process_executor_requirements,
)
from dagster._core.executor.multiprocess import MultiprocessExecutor


def executor_of(name: str, context: Callable[[], BaseContext | None], description: str) -> ExecutorDefinition:
    """The multiprocess executor with its configuration; where `context` gives one, steps start in it."""

    @executor(name=name, config_schema=MULTI_PROC_CONFIG, requirements=multiple_process_executor_requirements())
    def definition(init_context: InitExecutorContext) -> MultiprocessExecutor:
        stock = cast("Any", _core_multiprocess_executor_creation)(init_context.executor_config)
        source = context()
        if source is not None:
            stock._start_method = _register(source)
        return stock

    definition._description = description  # pyright: ignore[reportPrivateUsage]
    return definition


def _register(context: BaseContext) -> str:
    """The executor asks `multiprocessing` for its context by name: one more name."""
    name = "dagway"
    cast("Any", multiprocessing.context)._concrete_contexts[name] = context
    return name
