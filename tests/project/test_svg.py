"""The SVG is valid XML, has every node and edge once, and keeps labels inside their boxes."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from dagway.project.graph import Graph, Node
from dagway.project.svg import svg

NAMES = {"svg": "http://www.w3.org/2000/svg"}
GRAPH = Graph(
    (
        Node("shop/orders", "sources", external=True),
        Node("staging/orders", "staging", ("duckdb", "sql"), 2, status="ok", lines=("12 rows",)),
        Node(
            "staging/" + "very_long_" * 12,
            "staging",
            tuple(f"kind{n}" for n in range(20)),
            1,
            status="failed",
        ),
        Node("<script>\"&'", "odd & <group>", ("a<b",), tooltip="x < y & z"),
        Node("alone", "staging"),
    ),
    (("shop/orders", "staging/orders"), ("shop/orders", "<script>\"&'")),
)


def parse(graph: Graph) -> ElementTree.Element:
    return ElementTree.fromstring(svg(graph))


def nodes_of(root: ElementTree.Element) -> dict[str, ElementTree.Element]:
    return {element.attrib["data-key"]: element for element in root.iterfind(".//*[@data-key]")}


def texts_of(element: ElementTree.Element) -> list[str]:
    return ["".join(text.itertext()) for text in element.iterfind("svg:text", NAMES)]


def test_every_node_and_every_edge_once() -> None:
    root = parse(GRAPH)
    assert sorted(element.attrib["data-key"] for element in root.iterfind(".//*[@data-key]")) == sorted(
        node.key for node in GRAPH.nodes
    )
    edges = root.findall(".//svg:path", NAMES)
    assert sorted((edge.attrib["data-from"], edge.attrib["data-to"]) for edge in edges) == sorted(GRAPH.edges)


def test_node_shows_name_lines_badges_and_status() -> None:
    staged = nodes_of(parse(GRAPH))["staging/orders"]
    assert texts_of(staged) == ["staging/orders", "✓", "12 rows", "duckdb", "sql", "2 checks"]
    assert "ok" in staged.attrib["class"].split()


def test_tooltip_is_escaped() -> None:
    title = nodes_of(parse(GRAPH))["<script>\"&'"].find("svg:title", NAMES)
    assert title is not None
    assert title.text == "x < y & z"


def test_what_does_not_fit_is_shortened_and_counted() -> None:
    name, _, *badges = texts_of(nodes_of(parse(GRAPH))["staging/" + "very_long_" * 12])
    assert re.fullmatch(r"…/very_long_.*…", name)
    assert badges[-1].startswith("+")
    assert len(badges) - 1 + int(badges[-1]) == 21, "20 kinds and the checks"


@pytest.mark.parametrize(
    "key", ["exports/customer_metrics", "marts/customer_metrics", "exports/all_customers"]
)
def test_a_name_that_its_box_was_made_for_is_whole(key: str) -> None:
    for status in ("ok", None):
        (box,) = nodes_of(parse(Graph((Node(key, "x", status=status),), ()))).values()
        assert texts_of(box)[0] == key


def test_every_group_is_in_the_legend() -> None:
    legend = [text.text for text in parse(GRAPH).iterfind(".//svg:text[@class='legend']", NAMES)]
    assert legend == ["odd & <group>", "sources", "staging"]


def test_no_legend_for_one_group() -> None:
    assert not parse(Graph((Node("a"), Node("b")))).findall(".//svg:text[@class='legend']", NAMES)


@pytest.mark.parametrize(
    "graph", [Graph(()), Graph((Node("one"),)), Graph((Node("a"), Node("b")), (("a", "b"),))]
)
def test_small_graphs(graph: Graph) -> None:
    assert len(nodes_of(parse(graph))) == len(graph.nodes)


def test_boxes_lie_inside_the_drawing_and_do_not_overlap() -> None:
    root = parse(
        Graph(tuple(Node(f"n{n}") for n in range(30)), tuple((f"n{n // 2}", f"n{n}") for n in range(1, 20)))
    )
    boxes: list[tuple[float, float, float, float]] = []
    for element in nodes_of(root).values():
        x, y = map(float, re.findall(r"[\d.]+", element.attrib["transform"]))
        box = element.find("svg:rect", NAMES)
        assert box is not None
        boxes.append((x, y, x + float(box.attrib["width"]), y + float(box.attrib["height"])))
    for number, one in enumerate(boxes):
        assert one[2] <= float(root.attrib["width"])
        assert one[3] <= float(root.attrib["height"])
        for other in boxes[number + 1 :]:
            assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def test_nothing_from_elsewhere_and_no_style_that_leaves_the_drawing() -> None:
    text = svg(GRAPH)
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "<script" not in text
    style = re.search(r"<style>(.*?)</style>", text)
    assert style is not None
    selectors = re.findall(r"(?:^|[}{])([^{}@;]+)\{", style[1])
    assert selectors
    assert all(selector.startswith(".dagway-graph") for selector in selectors)


def test_the_same_graph_gives_the_same_drawing(tmp_path: Path) -> None:
    assert svg(GRAPH) == svg(GRAPH)
