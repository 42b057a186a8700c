"""Which object of a module counts as its definitions."""

from types import ModuleType
from typing import Any, cast

import dagster as dg
import pytest

from dagway._dagster.repository import repositories_in


@dg.asset
def one() -> None: ...


@dg.op
def work() -> None: ...


@dg.graph
def steps() -> None:
    work()


@dg.definitions
def lazy() -> dg.Definitions:
    return dg.Definitions([one])


def plain_function() -> dg.Definitions:
    return dg.Definitions([one])


def module(**members: object) -> ModuleType:
    made = ModuleType("made")
    vars(made).update(members)
    return made


@pytest.mark.parametrize("target", [dg.Definitions([one]), lazy, one])
def test_assets_are_found(target: object) -> None:
    (repository,) = repositories_in(module(target=target))
    assert [key.to_user_string() for key in repository.asset_graph.get_all_asset_keys()] == ["one"]


@pytest.mark.parametrize(
    ("target", "name"), [(cast("Any", steps).to_job(name="nightly"), "nightly"), (steps, "steps")]
)
def test_a_lone_job_or_graph_is_enough(target: object, name: str) -> None:
    (repository,) = repositories_in(module(target=target))
    assert repository.has_job(name)


def test_the_attribute_decides_among_several() -> None:
    both = module(first=dg.Definitions([one]), second=dg.Definitions(), third=plain_function)
    assert not repositories_in(both, "second")[0].asset_graph.get_all_asset_keys()
    assert repositories_in(both, "third")[0].asset_graph.get_all_asset_keys()


def test_several_definitions_are_refused_with_the_reason_of_dagster() -> None:
    with pytest.raises(dg.DagsterInvariantViolationError, match="more than one Definitions"):
        repositories_in(module(first=dg.Definitions(), second=dg.Definitions()))


def test_an_attribute_that_is_no_definitions() -> None:
    with pytest.raises(TypeError, match="is not Definitions"):
        repositories_in(module(number=3), "number")
