"""When a schedule ticks: computed as Dagster's daemon does, also where the clock changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from dagster._utils.schedules import schedule_execution_time_iterator


def ticks(cron: str | Sequence[str], timezone: str, after: datetime) -> Iterator[datetime]:
    """The times after a moment at which one of the crons matches, in their own time zone, without end."""
    found = schedule_execution_time_iterator(
        start_timestamp=after.timestamp(), cron_schedule=cron, execution_timezone=timezone
    )
    return (tick for tick in found if tick > after)


def last_tick(cron: str, timezone: str, until: datetime) -> datetime:
    """The latest time at which the cron matched, that moment included, in its own time zone."""
    found = schedule_execution_time_iterator(
        start_timestamp=until.timestamp(), cron_schedule=cron, execution_timezone=timezone, ascending=False
    )
    return next(tick for tick in found if tick <= until)
