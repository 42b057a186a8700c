"""Numbers and lists of names as people read them."""

from __future__ import annotations

from collections.abc import Iterable

_SHOWN = 5
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def counted(number: int, noun: str) -> str:
    """`1 row`, `2,580 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def some(names: Iterable[str]) -> str:
    """The first names in order and how many more there are; `none` where there is none."""
    found = sorted(names)
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + more if found else "none"


def age(seconds: float) -> str:
    """`4 s`, `12 min`, `36 h`, `3 d`: in the largest unit of which there are two."""
    for length, unit in _UNITS:
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(seconds, 0.0):.0f} s"
