"""Which tick of a day has to make a schedule's `ready_by`. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice


def is_ready(tick: datetime, length: timedelta, ready_by: str) -> bool:
    """Whether a run that starts at the tick and takes so long is done before that time of the tick's own day.

    Args:
        tick: in the schedule's zone, whose clock may change between the two.
    """
    return tick.astimezone(UTC) + length <= _deadline(tick, ready_by)


def judged_ticks(
    ticks_after: Callable[[datetime], Iterator[datetime]], ready_by: str, now: datetime
) -> list[datetime]:
    """Of the next two days that have ticks, the last tick before the time to be ready by; the first if none is before.

    Whole days are looked at, so that the answer does not depend on the hour at which it is asked for.

    Args:
        ticks_after: the ticks after a moment, in their own zone.
        now: in the schedule's zone; a day whose tick has passed is left out.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    days = groupby(ticks_after(midnight - timedelta(seconds=1)), key=datetime.date)
    chosen = (_judged(list(ticks), ready_by) for _, ticks in days)
    return list(islice((tick for tick in chosen if tick.astimezone(UTC) > now.astimezone(UTC)), 2))


def _judged(ticks: list[datetime], ready_by: str) -> datetime:
    early = [tick for tick in ticks if tick.astimezone(UTC) < _deadline(tick, ready_by)]
    return early[-1] if early else ticks[0]


def _deadline(tick: datetime, ready_by: str) -> datetime:
    hour, minute = (int(part) for part in ready_by.split(":"))
    return tick.replace(hour=hour, minute=minute, second=0, microsecond=0).astimezone(UTC)
