"""Coordinates for a graph: pure arithmetic, no drawing.

The scheme of Sugiyama, Tagawa and Toda (1981): longest-path layers, barycentre sweeps for the order within a layer,
then the least-squares position of each node between its neighbours.
"""

from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum

from dagway.project.graph import Graph, children_of, parents_of

# Double sweeps without a better order after which the best one so far is taken.
PATIENCE = 4
# Rounds of smoothing: as many as the size of the graph allows within a fraction of a second.
FEWEST_ROUNDS, MOST_ROUNDS, WORK = 20, 400, 400_000
ALIGNMENTS = 8
# Beyond this many, the bends of long edges cost more time than they add clarity.
MOST_BENDS = 6000

# A place in a layer: (key,) for a node, or (source, target, layer) where a long edge passes through.
Slot = tuple[str, ...]
Route = tuple[Slot, ...]
Neighbours = Mapping[Slot, Sequence[Slot]]


@dataclass(frozen=True)
class Layout:
    """Slots by layer from left to right, the middle height of each slot, and the slots along each edge."""

    layers: tuple[tuple[Slot, ...], ...]
    middles: Mapping[Slot, float]
    routes: tuple[Route, ...]


def layer_numbers(graph: Graph) -> dict[str, int]:
    """The layer of each node, from 0: right of all that it depends on, and sources next to what reads them.

    Raises:
        ValueError: when the edges form a cycle.
    """
    parents, children = parents_of(graph), children_of(graph)
    waiting = {key: len(sources) for key, sources in parents.items()}
    ready = [key for key, count in waiting.items() if not count]
    numbers = dict.fromkeys(ready, 0)
    for key in ready:
        for child in children[key]:
            numbers[child] = max(numbers.get(child, 0), numbers[key] + 1)
            waiting[child] -= 1
            if not waiting[child]:
                ready.append(child)
    if len(ready) < len(graph.nodes):
        raise ValueError("the edges form a cycle")
    sources = (key for key in ready if children[key] and not parents[key])
    return numbers | {key: min(numbers[child] for child in children[key]) - 1 for key in sources}


def lay_out(graph: Graph, height: Callable[[Slot], float], gap: float) -> Layout:
    """Place every node; heights and the gap between two slots are in one unit, say pixels."""
    numbers = layer_numbers(graph)
    routes = tuple(_routes(graph, numbers))
    left, right = _neighbours(route for route in routes if _is_stepwise(route, numbers))
    near = {slot: (*left.get(slot, ()), *right.get(slot, ())) for slot in (*left, *right)}
    layers = _fewest_crossings(_first_layers(graph, numbers, routes, near), left, right)
    middles = _align(layers, left, right, height, gap)
    return Layout(tuple(tuple(layer) for layer in layers), middles, routes)


def _routes(graph: Graph, numbers: Mapping[str, int]) -> Iterable[Route]:
    bends = sum(numbers[target] - numbers[source] - 1 for source, target in graph.edges)
    for source, target in graph.edges:
        between = range(numbers[source] + 1, numbers[target]) if bends <= MOST_BENDS else ()
        yield ((source,), *((source, target, str(number)) for number in between), (target,))


def _neighbours(routes: Iterable[Route]) -> tuple[Neighbours, Neighbours]:
    left: dict[Slot, list[Slot]] = {}
    right: dict[Slot, list[Slot]] = {}
    for route in routes:
        for before, after in pairwise(route):
            right.setdefault(before, []).append(after)
            left.setdefault(after, []).append(before)
    return left, right


def _is_stepwise(route: Route, numbers: Mapping[str, int]) -> bool:
    """Whether the route has a slot in each layer: those that skip layers do not take part in the ordering."""
    return numbers[route[-1][0]] - numbers[route[0][0]] == len(route) - 1


def _first_layers(
    graph: Graph, numbers: Mapping[str, int], routes: Iterable[Route], near: Neighbours
) -> list[list[Slot]]:
    """Parts of the graph that hang together one below the other, and within each what belongs together side by side."""
    layers: list[list[Slot]] = [[] for _ in range(max(numbers.values(), default=-1) + 1)]
    places = {(node.key,): numbers[node.key] for node in sorted(graph.nodes, key=lambda n: (n.group, n.key))}
    places |= {bend: int(bend[2]) for route in routes for bend in route[1:-1]}
    for part in _parts(places, near):
        smooth = _smooth(part, near)
        for slot in sorted(part, key=lambda slot: smooth[slot]):
            layers[places[slot]].append(slot)
    return layers


def _parts(slots: Iterable[Slot], near: Neighbours) -> Iterable[list[Slot]]:
    seen: set[Slot] = set()
    for start in slots:
        part: list[Slot] = []
        waiting = [start]
        while waiting:
            slot = waiting.pop()
            if slot not in seen:
                seen.add(slot)
                part.append(slot)
                waiting += near.get(slot, ())
        if part:
            yield part


def _smooth(slots: Sequence[Slot], near: Neighbours) -> dict[Slot, float]:
    """Heights in which neighbours differ little: the second eigenvector of the random walk, by power iteration.

    It orders large graphs far better than sweeps do from an arbitrary start (Koren, 2005).
    """
    heights = {slot: float(place) for place, slot in enumerate(slots)}
    degrees = {slot: len(near.get(slot, ())) for slot in slots}
    total = sum(degrees.values())
    for _ in range(max(FEWEST_ROUNDS, min(MOST_ROUNDS, WORK // len(slots))) if total else 0):
        mean = fsum(heights[slot] * degrees[slot] for slot in slots) / total
        moved = {slot: fsum(heights[other] for other in near[slot]) / degrees[slot] for slot in slots}
        heights = {slot: (heights[slot] + moved[slot]) / 2 - mean for slot in slots}
        scale = max(map(abs, heights.values())) or 1.0
        heights = {slot: height / scale for slot, height in heights.items()}
    return heights


def _fewest_crossings(layers: list[list[Slot]], left: Neighbours, right: Neighbours) -> list[list[Slot]]:
    best, fewest, since = layers, _crossings(layers, right), 0
    while fewest and since < PATIENCE:
        layers = _sweep(_sweep(layers, left)[::-1], right)[::-1]
        crossings = _crossings(layers, right)
        best, fewest, since = (layers, crossings, 0) if crossings < fewest else (best, fewest, since + 1)
    return best


def _sweep(layers: Sequence[Sequence[Slot]], towards: Neighbours) -> list[list[Slot]]:
    """Order each layer by the mean place of its neighbours in the layer before it."""
    swept: list[list[Slot]] = []
    places: dict[Slot, int] = {}
    for layer in layers:
        own = {slot: place for place, slot in enumerate(layer)}
        means = {slot: _mean([places[n] for n in towards.get(slot, ())], own[slot]) for slot in layer}
        swept.append(sorted(layer, key=lambda slot: means[slot]))
        places = {slot: place for place, slot in enumerate(swept[-1])}
    return swept


def _mean(values: Sequence[float], otherwise: float) -> float:
    return fsum(values) / len(values) if values else otherwise


def _crossings(layers: Sequence[Sequence[Slot]], right: Neighbours) -> int:
    """The number of pairs of edges that cross: inversions of the right ends when left ends are in order."""
    total = 0
    for layer, following in pairwise(layers):
        places = {slot: place for place, slot in enumerate(following)}
        seen: list[int] = []
        for slot in layer:
            ends = [places[end] for end in right.get(slot, ())]
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total


def _align(
    layers: Sequence[Sequence[Slot]],
    left: Neighbours,
    right: Neighbours,
    height: Callable[[Slot], float],
    gap: float,
) -> dict[Slot, float]:
    """Move each slot towards its neighbours; the order stays and no two slots come closer than the gap."""
    offsets = [_offsets(layer, height, gap) for layer in layers]
    middles = {
        slot: at
        for layer, column in zip(layers, offsets, strict=True)
        for slot, at in zip(layer, column, strict=True)
    }
    for turn in range(ALIGNMENTS):
        towards, step = (left, 1) if turn % 2 == 0 else (right, -1)
        for layer, column in list(zip(layers, offsets, strict=True))[::step]:
            wanted = [_mean([middles[n] for n in towards.get(slot, ())], middles[slot]) for slot in layer]
            middles.update(zip(layer, _nearest(wanted, column), strict=True))
    lowest = min((middle - height(slot) / 2 for slot, middle in middles.items()), default=0)
    return {slot: middle - lowest for slot, middle in middles.items()}


def _offsets(layer: Sequence[Slot], height: Callable[[Slot], float], gap: float) -> list[float]:
    """The middles of a layer's slots when they are stacked with nothing but the gap between them."""
    offsets: list[float] = []
    end = 0.0
    for slot in layer:
        offsets.append(end + height(slot) / 2)
        end += height(slot) + gap
    return offsets


def _nearest(wanted: Sequence[float], offsets: Sequence[float]) -> list[float]:
    """The positions nearest to the wanted ones, in least squares, that keep the distances of the offsets.

    Subtracting the offsets leaves an isotonic regression, solved by pooling adjacent violators (Barlow et al., 1972).
    """
    blocks: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=True):
        total, count = want - offset, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / count:
            before, size = blocks.pop()
            total, count = total + before, count + size
        blocks.append((total, count))
    shifts = [total / count for total, count in blocks for _ in range(count)]
    return [shift + offset for shift, offset in zip(shifts, offsets, strict=True)]
