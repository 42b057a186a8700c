"""A graph as one self-contained SVG: no script, no font and no picture from elsewhere; light and dark."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from math import fsum

from dagway.project.graph import Graph, Node, Status
from dagway.project.layout import Layout, Slot, lay_out
from dagway.project.svg_style import BOLD, LETTER, PALETTE, STYLE

MARGIN = 24.0
NARROWEST, WIDEST = 150.0, 320.0
COLUMN_GAP, ROW_GAP = 72.0, 16.0
NAME_HEIGHT, LINE_HEIGHT = 32.0, 18.0
NAME_SIZE = 13 * BOLD
PADDING = 14.0
BADGE_GAP = 5.0
BEND_HEIGHT = 6.0
MARKS: Mapping[Status, str] = {"ok": "✓", "warn": "!", "failed": "✕"}


@dataclass(frozen=True)
class Box:
    """A node's place, in pixels from the top left corner."""

    node: Node
    x: float
    y: float
    width: float
    height: float


def svg(graph: Graph, title: str = "Asset graph") -> str:
    """The drawing, as an ``<svg>`` element that may stand alone or inside HTML.

    Nodes are coloured by group; nodes with no edge stand in rows below the others.
    """
    connected = {key for edge in graph.edges for key in edge}
    chained = Graph(tuple(node for node in graph.nodes if node.key in connected), graph.edges)
    alone = [node for node in graph.nodes if node.key not in connected]
    groups = sorted({node.group for node in graph.nodes})
    colours = {group: number % PALETTE for number, group in enumerate(groups)}

    boxes, paths, right, bottom = _draw_chained(chained)
    width = max(right, _legend_width(groups), 640 if alone else 0)
    rows = list(_draw_rows(alone, width, bottom + (ROW_GAP * 2 if chained.nodes else 0)))
    boxes += rows
    bottom = max((box.y + box.height for box in boxes), default=0)
    width = max((width, *(box.x + box.width for box in boxes)))

    legend = list(_legend(groups, colours, width)) if len(groups) > 1 else []
    top = MARGIN + (_legend_height(groups, width) if legend else 0)
    full = (width + 2 * MARGIN, bottom + top + MARGIN)
    body = "".join([*paths, *(_box(box, colours[box.node.group]) for box in boxes)])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="dagway-graph" role="img" aria-label="{_attribute(title)}" '
        f'width="{full[0]:.0f}" height="{full[1]:.0f}" viewBox="0 0 {full[0]:.0f} {full[1]:.0f}">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>"
        f'<rect class="ground" width="100%" height="100%" rx="12"/>'
        f'<g transform="translate({MARGIN:.0f} {MARGIN:.0f})">{"".join(legend)}</g>'
        f'<g transform="translate({MARGIN:.0f} {top:.0f})">{body}</g></svg>\n'
    )


def _draw_chained(graph: Graph) -> tuple[list[Box], list[str], float, float]:
    nodes: dict[Slot, Node] = {(node.key,): node for node in graph.nodes}
    layout = lay_out(graph, lambda slot: _height(nodes[slot]) if slot in nodes else BEND_HEIGHT, ROW_GAP)
    columns = _columns(layout, nodes)
    boxes = {
        slot: _place(nodes[slot], columns[number], layout.middles[slot])
        for number, layer in enumerate(layout.layers)
        for slot in layer
        if slot in nodes
    }
    paths = [_path(route, boxes, columns, layout) for route in layout.routes]
    right = max((x + width for x, width in columns), default=0)
    bottom = max((box.y + box.height for box in boxes.values()), default=0)
    return list(boxes.values()), paths, right, bottom


def _columns(layout: Layout, nodes: Mapping[Slot, Node]) -> list[tuple[float, float]]:
    """The left side and the width of each layer: as wide as its longest name needs."""
    columns: list[tuple[float, float]] = []
    x = 0.0
    for layer in layout.layers:
        width = max((_width(nodes[slot]) for slot in layer if slot in nodes), default=NARROWEST)
        columns.append((x, width))
        x += width + COLUMN_GAP
    return columns


def _place(node: Node, column: tuple[float, float], middle: float) -> Box:
    height = _height(node)
    return Box(node, column[0], middle - height / 2, column[1], height)


def _height(node: Node) -> float:
    return NAME_HEIGHT + LINE_HEIGHT * (len(node.lines) + bool(node.badges)) + 6


def _width(node: Node) -> float:
    mark = 22 if node.status else 0
    name = _text_width(node.key, NAME_SIZE) + mark
    lines = max((_text_width(line, 11) for line in node.lines), default=0)
    badges = fsum(_badge_width(badge) + BADGE_GAP for badge in node.badges)
    return min(max(name, lines, badges, NARROWEST - 2 * PADDING) + 2 * PADDING, WIDEST)


def _text_width(text: str, size: float) -> float:
    """An upper estimate in pixels: no font is at hand, and a label must never leave its box.

    It is summed exactly: since Python 3.12, `sum` gives another last digit.
    """
    return fsum(LETTER.get(letter, 0.62 if letter.isascii() else 1.0) for letter in text) * size


def _shorten(text: str, room: float, size: float) -> str:
    """The text, or its beginning and an ellipsis where it needs more room."""
    if _text_width(text, size) <= room:
        return text
    while text and _text_width(text + "…", size) > room:
        text = text[:-1]
    return text + "…"


def _badge_width(badge: str) -> float:
    return _text_width(badge, 10) + 12


def _draw_rows(nodes: Iterable[Node], width: float, top: float) -> Iterable[Box]:
    x, y, lowest = 0.0, top, 0.0
    for node in nodes:
        if x and x + _width(node) > width:
            x, y, lowest = 0.0, y + lowest + ROW_GAP, 0.0
        yield Box(node, x, y, _width(node), _height(node))
        x, lowest = x + _width(node) + ROW_GAP, max(lowest, _height(node))


def _path(
    route: tuple[Slot, ...], boxes: Mapping[Slot, Box], columns: list[tuple[float, float]], layout: Layout
) -> str:
    start, end = boxes[route[0]], boxes[route[-1]]
    x, y = start.x + start.width, layout.middles[route[0]]
    steps = [f"M{x:.1f} {y:.1f}"]
    for bend in route[1:-1]:
        (left, width), middle = columns[int(bend[2])], layout.middles[bend]
        steps.append(f"{_curve(x, y, left, middle)}H{left + width:.1f}")
        x, y = left + width, middle
    steps.append(_curve(x, y, end.x, layout.middles[route[-1]]))
    names = f'data-from="{_attribute(start.node.key)}" data-to="{_attribute(end.node.key)}"'
    return f'<path class="edge" {names} d="{"".join(steps)}"/>'


def _curve(x: float, y: float, end_x: float, end_y: float) -> str:
    reach = max((end_x - x) * 0.5, 24)
    return f"C{x + reach:.1f} {y:.1f} {end_x - reach:.1f} {end_y:.1f} {end_x:.1f} {end_y:.1f}"


def _box(box: Box, colour: int) -> str:
    node = box.node
    classes = (
        f"node c{colour}"
        + (f" {node.status}" if node.status else "")
        + (" external" if node.external else "")
    )
    room = box.width - 2 * PADDING
    parts = [
        f'<g class="{classes}" data-key="{_attribute(node.key)}" transform="translate({box.x:.1f} {box.y:.1f})">',
        f"<title>{escape(node.tooltip or node.key)}</title>",
        f'<rect class="box" width="{box.width:.1f}" height="{box.height:.1f}" rx="9"/>',
        _name(node, room - (22 if node.status else 0)),
        *_mark(node, box.width),
        *_lines(node, room),
        *_badge_row(node, box.height, room),
        "</g>",
    ]
    return "".join(parts)


def _name(node: Node, room: float) -> str:
    prefix, slash, name = node.key.rpartition("/")
    before = prefix + slash
    # A box is as wide as its name needs: what sums and differences lose must not shorten it.
    if _text_width(node.key, NAME_SIZE) > room + 0.01:
        before, name = "", _shorten(f"…/{name}" if slash else name, room, NAME_SIZE)
    lead = f'<tspan class="prefix">{escape(before)}</tspan>' if before else ""
    return f'<text class="name" x="{PADDING}" y="22">{lead}{escape(name)}</text>'


def _mark(node: Node, width: float) -> Iterable[str]:
    if node.status:
        yield f'<circle class="mark" cx="{width - 18:.1f}" cy="18" r="8"/>'
        yield f'<text class="sign" x="{width - 18:.1f}" y="22">{MARKS[node.status]}</text>'


def _lines(node: Node, room: float) -> Iterable[str]:
    for number, line in enumerate(node.lines):
        y = NAME_HEIGHT + LINE_HEIGHT * number + 8
        yield f'<text class="line" x="{PADDING}" y="{y:.1f}">{escape(_shorten(line, room, 11))}</text>'


def _badge_row(node: Node, height: float, room: float) -> Iterable[str]:
    x, y = PADDING, height - 24
    for badge in _fitting(node.badges, room):
        width = _badge_width(badge)
        yield f'<rect class="badge" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="16" rx="8"/>'
        yield f'<text class="kind" x="{x + width / 2:.1f}" y="{y + 11.5:.1f}">{escape(badge)}</text>'
        x += width + BADGE_GAP


def _fitting(badges: tuple[str, ...], room: float) -> tuple[str, ...]:
    """All badges, or the first ones and how many more there are."""
    for shown in range(len(badges), -1, -1):
        rest = len(badges) - shown
        row = (*badges[:shown], *((f"+{rest}",) if rest else ()))
        if fsum(_badge_width(badge) + BADGE_GAP for badge in row) - BADGE_GAP <= room:
            return row
    return ()


def _legend_items(groups: list[str], width: float) -> Iterable[tuple[str, float, float]]:
    x, y = 0.0, 0.0
    for group in groups:
        needed = _text_width(group, 12) + 38
        if x and x + needed > width:
            x, y = 0.0, y + 22
        yield group, x, y
        x += needed


def _legend_width(groups: list[str]) -> float:
    return min(fsum(_text_width(group, 12) + 38 for group in groups), 640) if len(groups) > 1 else 0


def _legend_height(groups: list[str], width: float) -> float:
    return max(y for _, _, y in _legend_items(groups, width)) + 34


def _legend(groups: list[str], colours: Mapping[str, int], width: float) -> Iterable[str]:
    for group, x, y in _legend_items(groups, width):
        yield f'<g class="c{colours[group]}"><rect class="key" x="{x:.1f}" y="{y:.1f}" width="14" height="14" rx="4"/>'
        yield f'<text class="legend" x="{x + 20:.1f}" y="{y + 11:.1f}">{escape(group)}</text></g>'


def _attribute(text: str) -> str:
    return escape(text, quote=True)
