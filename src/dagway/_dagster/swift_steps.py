"""Runs of many steps in one process: what Dagster does again for each step, though nothing changed, is done once.

The events of a run, their order and what assets see stay the same. Where Dagster has moved a name, it works as it always does.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from typing import Any, cast
from unittest import mock
from weakref import WeakKeyDictionary

from dagster._core.definitions import scoped_resources_builder
from dagster._core.execution.plan.active import ActiveExecution
from dagster._core.snap import ExecutionPlanSnapshot, JobSnap
from dagster._core.storage.runs import sql_run_storage
from dagster_shared.serdes import utils as snapshot_ids

#: What decides which steps are next: a step moves on only when one of these grows or shrinks.
_STATES = ("_pending", "_success", "_skipped", "_failed", "_abandoned")
#: All that is used of an execution.
ATTRIBUTES = frozenset(
    {
        *_STATES,
        "_update",
        "get_known_state",
        "_waiting_to_retry",
        "_new_dynamic_mappings",
        "_step_dependency_config",
        "_retry_state",
        "_completed_dynamic_outputs",
        "_step_outputs",
    }
)


@contextmanager
def swift_steps() -> Generator[None]:
    """While this is open, steps cost less in this process. Not for concurrent use from several threads."""
    builder, execution = cast("Any", scoped_resources_builder), cast("Any", ActiveExecution)
    texts: dict[int, tuple[Any, str]] = {}
    with ExitStack() as stack:
        if hasattr(builder, "namedtuple"):
            stack.enter_context(mock.patch.object(builder, "namedtuple", _one_type(builder.namedtuple)))
        if attributes_of(execution) >= ATTRIBUTES:
            stack.enter_context(mock.patch.object(execution, "_update", _after_a_change(execution._update)))
            known = _checked_once(execution.get_known_state)
            stack.enter_context(mock.patch.object(execution, "get_known_state", known))
        for module in (snapshot_ids, sql_run_storage):
            if hasattr(module, "serialize_value"):
                text = _text_once(cast("Any", module).serialize_value, texts)
                stack.enter_context(mock.patch.object(module, "serialize_value", text))
        yield


def _one_type(make: Callable[..., Any]) -> Callable[..., Any]:
    """A step builds seven tuples of its resources, each of a new type; types of the same fields are the same."""
    made = lru_cache(maxsize=None)(make)

    def namedtuple(name: str, fields: Iterable[str]) -> Any:
        return made(name, tuple(fields))

    return namedtuple


def attributes_of(execution: Any) -> set[str]:
    """What instances of the class are given when they are made, and its methods."""
    return {*execution.__init__.__code__.co_names, *vars(execution)}


def _after_a_change(update: Callable[[Any], None]) -> Callable[[Any], None]:
    """Three times a step, every step that waits is asked whether it may run: once is enough after each change."""
    seen = WeakKeyDictionary[Any, tuple[int, ...]]()

    def update_after_a_change(execution: Any) -> None:
        settled = not (execution._waiting_to_retry or execution._new_dynamic_mappings)
        waits = execution._step_dependency_config.require_upstream_step_success
        if settled and waits and seen.get(execution) == _state(execution):
            return
        update(execution)
        seen[execution] = _state(execution)

    return update_after_a_change


def _state(execution: Any) -> tuple[int, ...]:
    return tuple(len(getattr(execution, name)) for name in _STATES)


def _checked_once(known_state: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Each step gets what all steps before have put out, and each time every one of these is looked at for its type."""
    seen = WeakKeyDictionary[Any, Any]()

    def get_known_state(execution: Any) -> Any:
        if execution not in seen:
            seen[execution] = known_state(execution)
        return seen[execution]._replace(
            previous_retry_attempts=execution._retry_state.snapshot_attempts(),
            dynamic_mappings=dict(execution._completed_dynamic_outputs),
            ready_outputs=execution._step_outputs,
        )

    return get_known_state


def _text_once(serialize: Callable[..., str], texts: dict[int, tuple[Any, str]]) -> Callable[..., str]:
    """A run stores the pictures of its job and its plan: each is written as text two or three times, for its id too."""

    def serialize_value(value: Any, *arguments: Any, **more: Any) -> str:
        if arguments or more or not isinstance(value, JobSnap | ExecutionPlanSnapshot):
            return serialize(value, *arguments, **more)
        if id(value) not in texts:
            texts[id(value)] = (value, serialize(value))
        return texts[id(value)][1]

    return serialize_value
