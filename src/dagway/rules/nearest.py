"""The defined key that somebody most likely meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from dagway.project.model import Key

#: How many keys are compared letter by letter: enough to find a slip of the pen, few enough for any project.
_COMPARED = 200


class Nearest:
    """Keys by the beginning and the end of their last segment: a lookup looks at a few of them, not at all."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self._by_name: dict[str, list[Key]] = {}
        self._by_part: dict[str, list[Key]] = {}
        for key in sorted(keys):
            name = _folded(key)
            self._by_name.setdefault(name, []).append(key)
            for part in _parts(name):
                self._by_part.setdefault(part, []).append(key)

    def to(self, key: Key) -> Key | None:
        """The key of the same name elsewhere, else one whose name is almost the same; None if nothing is near."""
        name = _folded(key)
        if same := self._by_name.get(name):
            return max(same, key=lambda other: len(set(other) & set(key)))
        candidates = {
            _folded(near): near for part in _parts(name) for near in self._by_part.get(part, ())[:_COMPARED]
        }
        close = difflib.get_close_matches(name, candidates, n=1, cutoff=0.8)
        return candidates[close[0]] if close else None


def _folded(key: Key) -> str:
    return key[-1].lower().replace("-", "_") if key else ""


def _parts(name: str) -> tuple[str, str]:
    """Marked by side, so that a beginning is not taken for an end."""
    return f"{name[:3]}…", f"…{name[-3:]}"
