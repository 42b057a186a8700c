"""What passes through I/O managers, and the names that Dagster gives to its own managers."""

from typing import Any

import dagster as dg
import pytest

from dagway._dagster.values import keeps_objects, loaded_keys, returns_nothing, text_fields


@dg.asset
def nothing() -> None: ...


@dg.asset
def bare() -> dg.MaterializeResult[Any]:
    return dg.MaterializeResult(metadata={"rows": 1})


@dg.asset(deps=[nothing], ins={"other": dg.AssetIn(input_manager_key="tables")})
def reads(bare: int, other: int) -> int:
    return bare + other


class Tables(dg.ConfigurableIOManager):
    path: str = "here"
    depth: int = 1

    def handle_output(self, context: dg.OutputContext, obj: object) -> None: ...

    def load_input(self, context: dg.InputContext) -> int:
        return 1


def definition(manager: Any) -> dg.AssetsDefinition:
    resources = {"io_manager": manager} if manager else {}
    graph = dg.Definitions([nothing], resources=resources).get_repository_def().asset_graph
    return graph.get(nothing.key).assets_def


def test_only_parameters_of_the_assets_own_managers_are_loaded() -> None:
    assert loaded_keys(reads) == {bare.key}
    assert loaded_keys(nothing) == frozenset()


def test_a_declared_none_hands_nothing_over() -> None:
    assert returns_nothing(nothing)
    assert not returns_nothing(reads)


@pytest.mark.parametrize(
    ("manager", "expected"),
    [
        (None, True),
        (dg.FilesystemIOManager(), True),
        (dg.fs_io_manager, True),
        (dg.mem_io_manager, True),
        (Tables(), False),
    ],
)
def test_managers_that_keep_just_what_is_returned(manager: Any, expected: bool) -> None:
    assert keeps_objects(definition(manager), "io_manager") is expected


def test_only_texts_of_a_resource_are_read() -> None:
    repository = dg.Definitions(resources={"tables": Tables(path="there")}).get_repository_def()
    assert text_fields(repository.get_top_level_resources()["tables"]) == {"path": "there"}
