"""Names that are needed once each."""

from __future__ import annotations

from collections.abc import Iterable


def once_each(wanted: Iterable[str]) -> tuple[str, ...]:
    """The names in order, each once: one that stands again gets `_2`, `_3`."""
    taken: dict[str, None] = {}
    for name in wanted:
        unique, number = name, 1
        while unique in taken:
            number += 1
            unique = f"{name}_{number}"
        taken[unique] = None
    return tuple(taken)
