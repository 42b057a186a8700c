"""Cron expressions of five fields, and time zones: checked once, when the blueprint is read."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

_FIELD = re.compile(r"(?i)(\*|[0-9]{1,2}|[a-z]{3})([-,/#]([0-9]{1,2}|[a-z]{3}|\*))*")
_SOME_DAY = datetime(2024, 1, 1, tzinfo=UTC)
_FIVE = 'write minute, hour, day, month and weekday, such as "0 5 * * *"'


@lru_cache(maxsize=1024)
def checked_cron(text: str) -> str:
    """The expression as written.

    Raises:
        ValueError: it has not five fields, cannot be read, or never comes true. The remedy follows a semicolon.
    """
    from croniter import croniter  # takes longer than a blueprint without schedules
    from croniter.croniter import CroniterError

    fields = text.split()
    shown = text[:60]
    if len(fields) != 5:
        raise ValueError(f"`{shown}` has {len(fields)} fields, a cron expression has five; {_FIVE}")
    if not all(_FIELD.fullmatch(field) for field in fields) or not croniter.is_valid(text):
        raise ValueError(f"`{shown}` is no cron expression; {_FIVE}")
    try:
        croniter(text, _SOME_DAY).get_next(datetime)
    except CroniterError:
        raise ValueError(f"`{shown}` never comes true; name a day that the month has") from None
    return text


def first_of_day(cron: str) -> str:
    """The time of day, `05:00`, of the first tick on any day that has one.

    Args:
        cron: a valid expression of five fields.
    """
    from croniter import croniter

    minutes, hours, *_ = croniter.expand(cron)[0]
    hour, minute = (0 if field[0] == "*" else int(field[0]) for field in (hours, minutes))
    return f"{hour:02d}:{minute:02d}"


@lru_cache(maxsize=256)
def checked_zone(text: str) -> str:
    """The time zone as written.

    Raises:
        ValueError: no zone has that name. The remedy follows a semicolon.
    """
    try:
        ZoneInfo(text)
    except (KeyError, OSError, ValueError):  # an unknown name, a folder's name, or a path
        raise ValueError(
            f"`{text[:60]}` is no time zone; write a name such as UTC or Europe/Berlin"
        ) from None
    return text


Cron = Annotated[str, AfterValidator(checked_cron), Field(examples=["0 5 * * *"])]
"""A cron expression of five fields, as written."""

TimeZone = Annotated[str, AfterValidator(checked_zone), Field(examples=["UTC", "Europe/Berlin"])]
"""A time zone by its name in the zone database."""
