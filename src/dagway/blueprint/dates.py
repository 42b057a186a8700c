"""First and last days of partitions, as they are written."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field

LAST_DAY_OF_EVERY_MONTH = 28
_DAY, _HOUR = "%Y-%m-%d", "%Y-%m-%d-%H:%M"


def moment(text: str) -> datetime:
    """The wall-clock time that a day or an hour names.

    Raises:
        ValueError: it is neither.
    """
    for form in (_DAY, _HOUR):
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007  in the blueprint's own zone
        except ValueError:
            continue
    raise ValueError(f"{text[:40]!r} is no date; write it as 2024-01-01, or for hours 2024-01-01-06:00")


def _checked_hour(text: str) -> str:
    moment(text)
    return text


def _checked_day(text: str) -> str:
    if len(moment(text).strftime(_DAY)) != len(text):
        raise ValueError(f"{text[:40]!r} is no day; write it as 2024-01-01")
    return text


def _checked_month(text: str) -> str:
    day = moment(_checked_day(text)).day
    if day > LAST_DAY_OF_EVERY_MONTH:
        raise ValueError(f"not every month has a day {day}; begin on day 1 to {LAST_DAY_OF_EVERY_MONTH}")
    return text


Day = Annotated[str, AfterValidator(_checked_day), Field(examples=["2024-01-01"])]
"""A day as written, `2024-01-01`."""

DayOfEveryMonth = Annotated[str, AfterValidator(_checked_month), Field(examples=["2024-01-01"])]
"""A day as written that every month has."""

Hour = Annotated[str, AfterValidator(_checked_hour), Field(examples=["2024-01-01-00:00"])]
"""An hour or a day as written, `2024-01-01-06:00`."""
