"""A length of time as people write it: `30s`, `15m`, `36h`, `2d`, `1w`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LENGTH_OF_TIME = re.compile(r"^([1-9]\d{0,5})([smhdw])$")


def seconds(text: str) -> int:
    """The length in seconds.

    Raises:
        ValueError: the text is no length of time.
    """
    match = LENGTH_OF_TIME.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is no length of time; write a number and s, m, h, d or w, such as 36h")
    return int(timedelta(**{_UNITS[match[2]]: int(match[1])}).total_seconds())


def _checked(text: str) -> str:
    seconds(text)
    return text


Duration = Annotated[
    str,
    AfterValidator(_checked),
    Field(json_schema_extra={"pattern": LENGTH_OF_TIME.pattern}, examples=["36h"]),
]
"""The text as written, known to be a length of time."""
