"""A graph as a Mermaid flowchart: groups as subgraphs, ids that no key can break."""

from collections.abc import Iterator

from dagway.project.graph import Graph, Node

_ESCAPED = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;", "\n": "<br/>"}
_STYLES = {
    "ok": "stroke:#1a7f4b",
    "warn": "stroke:#b26a00,stroke-width:2px",
    "failed": "stroke:#c8322b,stroke-width:3px",
}


def mermaid(graph: Graph) -> str:
    """The flowchart's text, from left to right."""
    return "\n".join(_statements(graph)) + "\n"


def _statements(graph: Graph) -> Iterator[str]:
    ids = {node.key: f"n{number}" for number, node in enumerate(graph.nodes)}
    yield "flowchart LR"
    for number, group in enumerate(sorted({node.group for node in graph.nodes})):
        yield f'  subgraph g{number}["{escape(group)}"]'
        yield from (f"    {_box(ids[node.key], node)}" for node in graph.nodes if node.group == group)
        yield "  end"
    yield from (f"  {ids[source]} --> {ids[target]}" for source, target in graph.edges)
    for status, style in _STYLES.items():
        if named := [ids[node.key] for node in graph.nodes if node.status == status]:
            yield f"  classDef {status} {style}"
            yield f"  class {','.join(named)} {status}"


def _box(identity: str, node: Node) -> str:
    lines = (node.key, " · ".join(node.badges), *node.lines)
    text = "<br/>".join(escape(line) for line in lines if line)
    return f'{identity}(["{text}"])' if node.external else f'{identity}["{text}"]'


def escape(text: str) -> str:
    """Text that Mermaid shows as it is."""
    return "".join(_ESCAPED.get(letter, letter) for letter in text)
