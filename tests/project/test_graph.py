"""From a project to what is drawn."""

from pathlib import Path

from dagway.project.graph import children_of, graph_of, parents_of
from dagway.project.model import Asset, Check, Project

PROJECT = Project(
    "shop",
    Path("/shop"),
    (
        Asset(("shop", "orders"), external=True, group="sources"),
        Asset(
            ("staging", "orders"),
            deps=(("shop", "orders"), ("staging", "orders"), ("not", "selected")),
            kinds=("duckdb",),
            group="staging",
            description="Orders.",
            checks=(Check("unique"), Check("fresh")),
        ),
    ),
)


def test_edges_go_from_dependency_to_dependent_and_never_to_itself_or_out_of_the_graph() -> None:
    assert graph_of(PROJECT).edges == (("shop/orders", "staging/orders"),)


def test_node_has_what_is_shown() -> None:
    source, staged = graph_of(PROJECT, {"staging/orders": "ok"}, {"staging/orders": ["3 rows"]}).nodes
    assert source.external
    assert source.status is None
    assert (staged.group, staged.status, staged.lines) == ("staging", "ok", ("3 rows",))
    assert staged.badges == ("duckdb", "2 checks")
    assert staged.tooltip == "staging/orders\nOrders.\ngroup staging\nchecks unique, fresh"


def test_neighbours() -> None:
    graph = graph_of(PROJECT)
    assert children_of(graph) == {"shop/orders": ["staging/orders"], "staging/orders": []}
    assert parents_of(graph) == {"shop/orders": [], "staging/orders": ["shop/orders"]}


def test_json() -> None:
    shown = graph_of(PROJECT).to_json()
    assert shown["edges"] == [["shop/orders", "staging/orders"]]
    assert shown["nodes"][1] == {
        "key": "staging/orders",
        "group": "staging",
        "kinds": ["duckdb"],
        "checks": 2,
        "external": False,
        "status": None,
        "lines": [],
    }
