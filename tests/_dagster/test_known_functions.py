"""What is known of a function is what Dagster finds out each time, also after the function has changed."""

import inspect
from collections.abc import Callable
from typing import Any, cast

import dagster as dg
import pytest
from dagster._core import decorator_utils
from dagster._core.definitions import inference
from dagster._core.definitions.decorators import op_decorator

from dagway._dagster.known_functions import known_functions

asked = cast("Any", decorator_utils)


class Service(dg.ConfigurableResource[Any]):
    url: str = "x"


def load(context: dg.AssetExecutionContext, service: Service, orders: int) -> int:
    """Loads.

    Args:
        orders: what was ordered.

    Returns:
        how many.
    """
    return orders


def names(function: Callable[..., object]) -> list[str]:
    return [parameter.name for parameter in asked.get_function_params(function)]


def test_an_asset_is_what_it_is_without() -> None:
    def facts() -> object:
        made = dg.asset(load)
        (given,) = made.node_def.input_defs
        (out,) = made.node_def.output_defs
        return (
            made.required_resource_keys,
            given.name,
            given.description,
            out.description,
            str(out.dagster_type),
        )

    plain = facts()
    with known_functions():
        assert facts() == plain
        assert facts() == plain


def test_a_function_is_taken_apart_once(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[object] = []

    def noted(ask: Callable[[Any], Any], what: object | None = None) -> Callable[[Any], Any]:
        def noting(of: Any) -> Any:
            taken.append(what or of)
            return ask(of)

        return noting

    monkeypatch.setattr(decorator_utils, "signature", noted(inspect.signature))
    monkeypatch.setattr(inference, "parse", noted(cast("Any", inference).parse, "docstring"))
    with known_functions():
        dg.asset(load)
    assert taken.count(load) == 1
    assert taken.count("docstring") == 1


def test_what_changes_a_function_is_seen() -> None:
    def function(one: int) -> None:
        del one

    with known_functions():
        assert names(function) == ["one"]
        cast("Any", function).__signature__ = inspect.signature(load)
        assert names(function) == ["context", "service", "orders"]
        found = cast("Any", op_decorator).get_resource_args(load)
        assert [parameter.name for parameter in found] == ["service"]
        found.clear()
        assert len(cast("Any", op_decorator).get_resource_args(load)) == 1
        load.__annotations__["orders"] = Service
        try:
            assert len(cast("Any", op_decorator).get_resource_args(load)) == 2
        finally:
            load.__annotations__["orders"] = int


def test_another_function_at_the_same_place_in_memory_is_another() -> None:
    with known_functions():
        for name in ("one", "two", "three"):
            made: dict[str, Any] = {}
            exec(f"def function({name}): ...", made)
            assert names(made.pop("function")) == [name]
