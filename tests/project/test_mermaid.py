"""The flowchart's text; keys never become syntax."""

import re

from dagway.project.graph import Graph, Node
from dagway.project.mermaid import escape, mermaid


def test_groups_nodes_edges_and_status() -> None:
    graph = Graph(
        (
            Node("shop/orders", "sources", external=True),
            Node("staging/orders", "staging", ("sql",), 1, status="failed"),
        ),
        (("shop/orders", "staging/orders"),),
    )
    assert mermaid(graph) == (
        "flowchart LR\n"
        '  subgraph g0["sources"]\n'
        '    n0(["shop/orders"])\n'
        "  end\n"
        '  subgraph g1["staging"]\n'
        '    n1["staging/orders<br/>sql · 1 check"]\n'
        "  end\n"
        "  n0 --> n1\n"
        "  classDef failed stroke:#c8322b,stroke-width:3px\n"
        "  class n1 failed\n"
    )


def test_no_letter_of_a_key_is_syntax() -> None:
    key = 'end]"; --> <b>#quot; `x` &amp;\nnew'
    text = mermaid(Graph((Node(key, key),)))
    labels = re.findall(r'"([^"]*)"', text)
    assert labels == [escape(key), escape(key)]
    assert not re.search(r'["`]|<(?!br/>)', "".join(labels))
    assert len(text.splitlines()) == 4
