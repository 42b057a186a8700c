"""Dagster's selection grammar over planned assets, read without Dagster.

Beside the grammar, the shorthand that people write is understood: a space or `&` for `and`, `|` for `or`, a bare key, and
`*part*` for keys by pattern.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from dagway.prototype.model import AssetKey, PlannedAsset, slash

Keys = frozenset[AssetKey]

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<up>\d*\+)(?=["\w(*])
      | (?P<open>\()
      | (?P<close>\))
      | (?P<or>\||or\b|OR\b)
      | (?P<and>&|and\b|AND\b)
      | (?P<not>not\b|NOT\b)
      | (?P<function>sinks|roots)\s*(?=\()
      | (?P<attribute>[a-z_]+)\s*:\s*(?P<value>"[^"]*"|[^\s"()|&=+,]+)(?:\s*=\s*(?P<equals>"[^"]*"|[^\s"()|&=+,]+))?
      | (?P<key>"[^"]+"|[^\s"()|&=+:,]+)
    )""",
    re.VERBOSE,
)
_DOWN = re.compile(r"\+(\d*)")
_ATTRIBUTES = ("key", "tag", "group", "kind", "owner")


class SelectionError(ValueError):
    """A selection that cannot be read: what is wrong, and what to write."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True)
class Graph:
    """Assets by key, with what each reads and what reads it.

    Attributes:
        whole: whether every asset could be planned; else a selection of nothing may mean one that could not.
    """

    assets: Mapping[AssetKey, PlannedAsset]
    whole: bool = True

    @classmethod
    def of(cls, assets: Iterable[PlannedAsset], *, whole: bool = True) -> Graph:
        """The graph of those assets that will exist."""
        return cls({asset.key: asset for asset in assets if asset.buildable}, whole)

    @cached_property
    def upstream(self) -> Mapping[AssetKey, tuple[AssetKey, ...]]:
        """What each asset reads."""
        return {
            key: tuple(dep for dep in asset.deps if dep in self.assets) for key, asset in self.assets.items()
        }

    @cached_property
    def downstream(self) -> Mapping[AssetKey, tuple[AssetKey, ...]]:
        """What reads each asset."""
        readers: dict[AssetKey, list[AssetKey]] = {key: [] for key in self.assets}
        for key, deps in self.upstream.items():
            for dep in deps:
                readers[dep].append(key)
        return {key: tuple(found) for key, found in readers.items()}

    def where(self, holds: Callable[[PlannedAsset], bool]) -> Keys:
        """The keys of the assets of which it holds."""
        return frozenset(key for key, asset in self.assets.items() if holds(asset))


def select(text: str, graph: Graph) -> tuple[AssetKey, ...]:
    """The assets that a selection means, in the plan's order.

    Raises:
        SelectionError: the text is no selection.
    """
    found = _Reader(text, graph).selection()
    return tuple(key for key in graph.assets if key in found)


class _Reader:
    """Reads a selection from left to right: `or` binds least, then `and`, then `not`, then `+`."""

    def __init__(self, text: str, graph: Graph) -> None:
        self.text = text.strip()
        self.graph = graph
        self.at = 0

    def selection(self) -> Keys:
        found = self._either()
        if self.at < len(self.text):
            raise self._unreadable()
        return found

    def _either(self) -> Keys:
        found = self._both()
        while self._take("or"):
            found |= self._both()
        return found

    def _both(self) -> Keys:
        found = self._negated()
        while self._take("and") or self._next() not in {None, "or", "close"}:
            found &= self._negated()
        return found

    def _negated(self) -> Keys:
        if self._take("not"):
            return frozenset(self.graph.assets) - self._negated()
        return self._travelled()

    def _travelled(self) -> Keys:
        up = self._take("up")
        found = self._one()
        down = _DOWN.match(self.text, self.at)
        if down:
            self.at = down.end()
        above = _reached(found, self.graph.upstream, up["up"][:-1]) if up else frozenset[AssetKey]()
        below = _reached(found, self.graph.downstream, down[1]) if down else frozenset[AssetKey]()
        return found | above | below

    def _one(self) -> Keys:
        if self._take("open"):
            return self._closed()
        if function := self._take("function"):
            self._take("open")
            return _ends(self._closed(), self.graph, function["function"])
        if attribute := self._take("attribute"):
            return self._attribute(
                attribute["attribute"], _bare(attribute["value"]), _bare(attribute["equals"] or "")
            )
        if key := self._take("key"):
            return self._keys(_bare(key["key"]))
        raise self._unreadable()

    def _closed(self) -> Keys:
        found = self._either()
        if not self._take("close"):
            raise SelectionError(f"the selection {self.text!r} misses a closing bracket", "close it")
        return found

    def _attribute(self, name: str, value: str, equals: str) -> Keys:
        match name:
            case "key":
                return self._keys(value)
            case "tag":
                return self.graph.where(lambda asset: asset.tags.get(value) == equals)
            case "group":
                return self.graph.where(lambda asset: _like(value, asset.group))
            case "kind":
                return self.graph.where(lambda asset: value in asset.kinds)
            case "owner":
                return self.graph.where(lambda asset: value in asset.owners)
            case _:
                raise SelectionError(
                    f"{name!r} cannot be selected by before the project runs",
                    f"select by {', '.join(_ATTRIBUTES[:-1])} or {_ATTRIBUTES[-1]}",
                )

    def _keys(self, pattern: str) -> Keys:
        return self.graph.where(lambda asset: _like(pattern, slash(asset.key)))

    def _next(self) -> str | None:
        """The kind of the next token; None at the end, `unknown` where there is none."""
        if self.at >= len(self.text):
            return None
        match = _TOKEN.match(self.text, self.at)
        return (
            next((name for name, value in match.groupdict().items() if value), None) if match else "unknown"
        )

    def _take(self, kind: str) -> re.Match[str] | None:
        if self._next() != kind:
            return None
        match = _TOKEN.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return match

    def _unreadable(self) -> SelectionError:
        rest = self.text[self.at :].strip()
        where = f"at {rest!r}" if rest else "at its end"
        return SelectionError(
            f"the selection {self.text!r} cannot be read {where}",
            'write it as in \'group:marts and not tag:"tier"="test"\' or \'+key:"marts/orders"\'',
        )


def _bare(text: str) -> str:
    return text.strip('"')


def _like(pattern: str, text: str) -> bool:
    if "*" not in pattern:
        return pattern == text
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text) is not None


def _reached(start: Keys, edges: Mapping[AssetKey, tuple[AssetKey, ...]], depth: str) -> Keys:
    found = frontier = start
    steps = int(depth) if depth else len(edges)
    while frontier and steps:
        frontier = frozenset(key for known in frontier for key in edges[known]) - found
        found |= frontier
        steps -= 1
    return found


def _ends(found: Keys, graph: Graph, function: str) -> Keys:
    """Of a selection, the assets that nothing in it reads (`sinks`), or that read nothing in it (`roots`)."""
    edges = graph.downstream if function == "sinks" else graph.upstream
    return frozenset(key for key in found if found.isdisjoint(edges[key]))
