"""First and last days of partitions, as they are written."""

from __future__ import annotations

from datetime import datetime

_FORMATS = ("%Y-%m-%d", "%Y-%m-%d-%H:%M")


def check_dates(kind: str, first: object, end: str | None) -> None:
    """Make sure that the parts begin at a date and end after it.

    Raises:
        ValueError: they do not. The remedy follows a semicolon.
    """
    if kind in {"static", "dynamic"}:
        if end is not None:
            raise ValueError(f"`end` beside `{kind}`: such partitions have no order; remove `end`")
        return
    start = _moment(kind, str(first))
    if end is not None and _moment("end", end, hours=kind == "hourly") <= start:
        raise ValueError(f"`end` {end} is not after {first}; write a later date, or leave `end` out")


def _moment(name: str, text: str, *, hours: bool = False) -> datetime:
    allowed = _FORMATS if hours or name == "hourly" else _FORMATS[:1]
    for form in allowed:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007  a wall-clock time in the blueprint's own zone
        except ValueError:
            continue
    example = "2024-01-01 or 2024-01-01-06:00" if len(allowed) > 1 else "2024-01-01"
    raise ValueError(f"`{name}` {text[:40]!r} is no date; write it as {example}")
