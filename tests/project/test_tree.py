"""The tree for a terminal."""

from dagway.project.graph import Graph, Node
from dagway.project.tree import tree


def test_shared_node_is_shown_in_full_once() -> None:
    nodes = (Node("raw", kinds=("csv",)), Node("a"), Node("b", checks=2), Node("joined"), Node("end"))
    edges = (("raw", "a"), ("raw", "b"), ("a", "joined"), ("b", "joined"), ("joined", "end"))
    assert tree(Graph(nodes, edges)) == (
        "raw  csv\n├─ a\n│  └─ joined  ◆ 2 inputs\n│     └─ end\n└─ b  2 checks\n   └─ joined  ↑ above\n"
    )


def test_each_root_starts_at_the_margin() -> None:
    assert tree(Graph((Node("a"), Node("b")))) == "a\nb\n"


def test_a_chain_of_thousands_is_no_recursion() -> None:
    nodes = tuple(Node(str(number)) for number in range(3000))
    edges = tuple((str(number), str(number + 1)) for number in range(2999))
    assert len(tree(Graph(nodes, edges)).splitlines()) == 3000
