"""Where in its week, month or hour each part begins."""

from __future__ import annotations

import datetime as dt

from dagway.errors import DagwayError


def offsets(kind: str, first: dt.datetime) -> dict[str, int]:
    """Where each part begins, as the first one does: a week on its weekday, a month on its day, an hour at its minute.

    Dagster's own weeks begin on Sunday and its months on the first: the days before would be in no part.

    Raises:
        DagwayError: months that begin on a day that some months lack.
    """
    match kind:
        case "weekly":
            return {"day_offset": first.isoweekday() % 7} if first.isoweekday() % 7 else {}
        case "monthly" if first.day > 28:
            raise DagwayError(
                f"partitions: monthly: not every month has a day {first.day}.", "Begin on day 1 to 28."
            )
        case "monthly":
            return {"day_offset": first.day} if first.day > 1 else {}
        case "hourly":
            return {"minute_offset": first.minute} if first.minute else {}
        case _:
            return {}
