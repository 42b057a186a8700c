"""What Dagster asks of one function again and again is found out once, while Dagway itself reads a project.

Dagster 1.12 and 1.13 take a function's signature apart about seventeen times until it is an asset, look seven times for its
parameters that are resources, and read its docstring twice.
"""

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from copy import copy
from functools import lru_cache
from typing import Any, cast
from unittest import mock

from dagster._core import decorator_utils
from dagster._core.definitions import inference, resource_annotation
from dagster._core.definitions.decorators import decorator_assets_definition_builder, op_decorator

#: The modules that look most often for resources among an asset's parameters.
_ASKERS = (op_decorator, decorator_assets_definition_builder)


@contextmanager
def known_functions() -> Generator[None]:
    """While this is open, answers are kept. Not for concurrent use from several threads."""
    resources = _once(cast("Any", resource_annotation).get_resource_args)

    def get_resource_args(function: Any) -> list[Any]:
        # Each caller may do with its list what it likes.
        return list(resources(function))

    with ExitStack() as stack:
        signature = _once(cast("Any", decorator_utils).signature)
        stack.enter_context(mock.patch.object(decorator_utils, "signature", signature))
        parse = lru_cache(1000)(cast("Any", inference).parse)
        stack.enter_context(mock.patch.object(inference, "parse", parse))
        for asker in _ASKERS:
            stack.enter_context(mock.patch.object(asker, "get_resource_args", get_resource_args))
        yield


def _once(ask: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same answer for the same function, unless somebody has changed what its parameters are."""
    known: dict[int, tuple[object, object, object, Any]] = {}

    def answer(function: Any) -> Any:
        given = getattr(function, "__signature__", None)
        annotations = getattr(function, "__annotations__", None)
        # What is known holds on to the function, so that no other gets its number.
        of, with_signature, with_annotations, found = known.get(id(function), (None, None, None, None))
        if of is not function or with_signature is not given or with_annotations != annotations:
            found = ask(function)
            known[id(function)] = (function, given, copy(annotations), found)
        return found

    return answer
