"""Properties of the layout, on graphs that hypothesis invents and on known ones."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagway.project import layout as layout_module
from dagway.project.graph import Graph, Node
from dagway.project.layout import Slot, lay_out, layer_numbers

HEIGHT, GAP = 50.0, 10.0


def height(_: Slot) -> float:
    return HEIGHT


def graph_from(size: int, edges: list[tuple[int, int]]) -> Graph:
    nodes = tuple(Node(f"n{number}", f"g{number % 3}") for number in range(size))
    return Graph(nodes, tuple((f"n{low}", f"n{high}") for low, high in edges))


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    size = draw(st.integers(1, 25))
    pairs = [(low, high) for high in range(size) for low in range(high)]
    edges = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=60)) if pairs else []
    return graph_from(size, edges)


@given(graphs())
@settings(max_examples=150, deadline=None)
def test_no_edge_goes_backward_and_no_two_slots_overlap(graph: Graph) -> None:
    numbers = layer_numbers(graph)
    assert all(numbers[source] < numbers[target] for source, target in graph.edges)

    layout = lay_out(graph, height, GAP)
    assert {slot[0] for layer in layout.layers for slot in layer if len(slot) == 1} == set(numbers)
    assert min(layout.middles.values()) == pytest.approx(HEIGHT / 2)
    for layer in layout.layers:
        for upper, lower in pairwise(layout.middles[slot] for slot in layer):
            assert lower - upper >= HEIGHT + GAP - 1e-6


@given(graphs())
@settings(max_examples=50, deadline=None)
def test_each_edge_has_a_route_with_one_slot_in_each_layer(graph: Graph) -> None:
    numbers = layer_numbers(graph)
    routes = lay_out(graph, height, GAP).routes
    assert {(route[0][0], route[-1][0]) for route in routes} == set(graph.edges)
    assert all(len(route) == numbers[route[-1][0]] - numbers[route[0][0]] + 1 for route in routes)


def test_the_longest_path_decides_and_sources_stand_next_to_their_reader() -> None:
    graph = graph_from(5, [(0, 1), (1, 2), (2, 3), (0, 3), (4, 3)])
    assert layer_numbers(graph) == {"n0": 0, "n1": 1, "n2": 2, "n3": 3, "n4": 2}


def test_crossings_are_removed_where_that_is_possible() -> None:
    """Ten parallel chains whose keys are in the opposite order in every second layer."""
    chains = [(low, 19 - low) for low in range(10)]
    layout = lay_out(graph_from(20, chains), height, GAP)
    left, right = layout.layers
    partner = {f"n{low}": f"n{high}" for low, high in chains}
    assert [partner[slot[0]] for slot in left] == [slot[0] for slot in right]


def test_neighbours_in_a_chain_stand_at_the_same_height() -> None:
    middles = lay_out(graph_from(5, [(0, 1), (1, 2), (2, 3), (3, 4)]), height, GAP).middles
    assert len(set(middles.values())) == 1


def test_a_cycle_is_refused() -> None:
    nodes = (Node("a"), Node("b"))
    with pytest.raises(ValueError, match="cycle"):
        layer_numbers(Graph(nodes, (("a", "b"), ("b", "a"))))


def test_edges_without_bends_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout_module, "MOST_BENDS", 0)
    layout = lay_out(graph_from(4, [(0, 1), (1, 2), (2, 3), (0, 3)]), height, GAP)
    assert (("n0",), ("n3",)) in layout.routes


def test_an_empty_graph() -> None:
    assert lay_out(Graph(()), height, GAP).layers == ()
