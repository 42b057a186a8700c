"""A cursor's mark as a query's parameter."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dagway.errors import DagwayError


def written(mark: Any, form: str) -> str:
    """The mark as the API reads it; a time without a zone is UTC, and parts of a second are left out.

    Args:
        form: `iso`, `epoch`, `epoch_ms`, or what strftime takes.

    Raises:
        DagwayError: it is no date or time, and the form is for those.
    """
    if not isinstance(mark, dt.date):
        if form != "iso":
            raise DagwayError(f"{mark!r} is no time to write as {form}.", "Leave the cursor's `format` out.")
        return str(mark)
    if form == "iso" and not isinstance(mark, dt.datetime):
        return mark.isoformat()
    moment = mark if isinstance(mark, dt.datetime) else dt.datetime.combine(mark, dt.time())
    utc = (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    match form:
        case "iso":
            return utc.strftime("%Y-%m-%dT%H:%M:%SZ")
        case "epoch":
            return str(int(utc.timestamp()))
        case "epoch_ms":
            return str(int(utc.timestamp() * 1000))
        case _:
            return utc.strftime(form)
