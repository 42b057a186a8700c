"""The defined key that somebody most likely meant."""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Iterable, Mapping
from functools import cached_property
from itertools import chain
from typing import TypeVar

from dagway.project.model import Key

#: How many keys are compared letter by letter: enough to find a slip of the pen, few enough for any project.
_COMPARED = 200
Group = TypeVar("Group", bound=Hashable)


class Nearest:
    """Keys by the parts of their names: a lookup looks at a few of them, not at all. Nothing is sorted before the first one."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self._keys = keys
        self._known: dict[Key, Key | None] = {}

    def to(self, key: Key) -> Key | None:
        """The key of the same name elsewhere, else one whose name is almost the same; None if nothing is near."""
        if key not in self._known:
            self._known[key] = self._found(key)
        return self._known[key]

    def _found(self, key: Key) -> Key | None:
        name = _folded(key)
        if same := self._by_name.get(name):
            # A name may be that of thousands: those that share another segment come first.
            shared = (self._by_segment.get((name, segment), ())[:_COMPARED] for segment in key[:-1])
            candidates = [*chain.from_iterable(shared), *same[:_COMPARED]]
            return min(candidates, key=lambda other: (-len(set(other) & set(key)), other))
        near = {
            _folded(other): other
            for part in _parts(name)
            for other in self._by_part.get(part, ())[:_COMPARED]
        }
        close = difflib.get_close_matches(name, near, n=1, cutoff=0.8)
        return near[close[0]] if close else None

    @cached_property
    def _sorted(self) -> list[Key]:
        return sorted(self._keys)

    @cached_property
    def _by_name(self) -> Mapping[str, list[Key]]:
        return _grouped((_folded(key), key) for key in self._sorted)

    @cached_property
    def _by_segment(self) -> Mapping[tuple[str, str], list[Key]]:
        return _grouped(((_folded(key), segment), key) for key in self._sorted for segment in key[:-1])

    @cached_property
    def _by_part(self) -> Mapping[str, list[Key]]:
        return _grouped((part, key) for key in self._sorted for part in _parts(_folded(key)))


def _grouped(pairs: Iterable[tuple[Group, Key]]) -> Mapping[Group, list[Key]]:
    groups: dict[Group, list[Key]] = {}
    for group, key in pairs:
        groups.setdefault(group, []).append(key)
    return groups


def _folded(key: Key) -> str:
    return key[-1].lower().replace("-", "_") if key else ""


def _parts(name: str) -> tuple[str, str]:
    """Marked by side, so that a beginning is not taken for an end."""
    return f"{name[:3]}…", f"…{name[-3:]}"
