"""Which partitions a launch means, and how its runs share them. Pure: keys in, slices out."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from dagway.errors import DagwayError
from dagway.launch.request import Request

_NEAR, _MOST_COMPARED = 3, 2_000


@dataclass(frozen=True)
class Slice:
    """The partitions of one run: successive keys, from the first to the last."""

    first: str
    last: str

    def __str__(self) -> str:
        return self.first if self.first == self.last else f"{self.first}...{self.last}"


def slices(
    request: Request, what: str, keys: Sequence[str] | None, most: int | None, dimensions: int = 1
) -> tuple[Slice, ...]:
    """The slices, one a run; none where nothing is partitioned.

    Args:
        what: is launched, for messages.
        keys: all partitions in their order; None where it has none.
        most: how many partitions one run may take; None for any number.
        dimensions: of a key, whose parts `|` separates. A range of several is one of each: what lies between its ends
            in all of them, as Dagster reads it.

    Raises:
        DagwayError: a key is unknown, missing or one too many.
    """
    if keys is None:
        if request.partition or request.partition_range:
            raise DagwayError(
                f"{what} has no partitions.", "Leave out --partition and --partition-range, or select others."
            )
        return ()
    if request.partition:
        return (Slice(*[keys[_place(request.partition, what, keys)]] * 2),)
    if request.partition_range is None:
        raise DagwayError(f"{what} is partitioned, and no partition was named.", _advice(keys))
    if not keys:
        raise DagwayError(f"{what} has no partition yet.", _advice(keys))
    first, last = request.partition_range
    span = (
        keys[_place(first, what, keys)] if first else keys[0],
        keys[_place(last, what, keys)] if last else keys[-1],
    )
    return _range(span, keys, most) if dimensions == 1 else _block(span, keys, most, dimensions)


def _range(span: tuple[str, str], keys: Sequence[str], most: int | None) -> tuple[Slice, ...]:
    begin, end = _ends(span, keys, span)
    width = most or end - begin
    return tuple(Slice(keys[place], keys[min(place + width, end) - 1]) for place in range(begin, end, width))


def _block(
    span: tuple[str, str], keys: Sequence[str], most: int | None, dimensions: int
) -> tuple[Slice, ...]:
    """One run for all of it, or one for each key: a part of a block is a block itself only along one dimension."""
    parts = {key: key.split("|", dimensions - 1) for key in keys}
    within: list[set[str]] = []
    for place, ends in enumerate(zip(parts[span[0]], parts[span[1]], strict=True)):
        axis = list(dict.fromkeys(part[place] for part in parts.values()))
        begin, end = _ends(ends, axis, span)
        within.append(set(axis[begin:end]))
    if most is None:
        return (Slice(*span),)
    return tuple(
        Slice(key, key)
        for key, part in parts.items()
        if all(one in among for one, among in zip(part, within, strict=True))
    )


def _ends(ends: tuple[str, str], keys: Sequence[str], span: tuple[str, str]) -> tuple[int, int]:
    """The places of the first key and after the last one."""
    begin, end = keys.index(ends[0]), keys.index(ends[1]) + 1
    if begin < end:
        return begin, end
    turned = f"--partition-range '{span[1]}...{span[0]}'" if span == ends else "the order of each part"
    raise DagwayError(f"The partition {ends[0]!r} comes after {ends[1]!r}.", f"Turn them round: {turned}.")


def _place(key: str, what: str, keys: Sequence[str]) -> int:
    try:
        return keys.index(key)
    except ValueError:
        raise DagwayError(f"{what} has no partition {key!r}.", _nearest(key, keys)) from None


def _nearest(key: str, keys: Sequence[str]) -> str:
    alike = [known for known in keys if known[:4] == key[:4]] or keys
    near = difflib.get_close_matches(key, alike[-_MOST_COMPARED:], _NEAR)
    return f"Nearest: {', '.join(near)}. {_extent(keys)}" if near else _extent(keys)


def _advice(keys: Sequence[str]) -> str:
    if not keys:
        return "Add one: its partitions are dynamic, or the first window has not closed."
    return (
        f"Write --partition '{keys[-1]}' for the last, or --partition-range '{keys[0]}...{keys[-1]}'"
        f" for all {len(keys)}."
    )


def _extent(keys: Sequence[str]) -> str:
    if not keys:
        return _advice(keys)
    return (
        f"There is only {keys[0]}."
        if len(keys) == 1
        else f"There are {len(keys)}, from {keys[0]} to {keys[-1]}."
    )
