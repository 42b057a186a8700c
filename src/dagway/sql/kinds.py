"""Types by name: which names mean the same, and which type holds the values of two."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import cast

WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_ALIASES = {
    "INT1": "TINYINT", "INT2": "SMALLINT", "SHORT": "SMALLINT", "INT": "INTEGER", "INT4": "INTEGER", "SIGNED": "INTEGER",
    "INT8": "BIGINT", "LONG": "BIGINT", "FLOAT8": "DOUBLE", "DOUBLE PRECISION": "DOUBLE", "FLOAT4": "FLOAT",
    "REAL": "FLOAT", "NUMERIC": "DECIMAL", "NUMBER": "DECIMAL", "TEXT": "VARCHAR", "STRING": "VARCHAR", "CHAR": "VARCHAR",
    "BPCHAR": "VARCHAR", "BOOL": "BOOLEAN", "DATETIME": "TIMESTAMP", "TIMESTAMP WITHOUT TIME ZONE": "TIMESTAMP",
    "TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE",
}  # fmt: skip
PRECISION = re.compile(r"\((\d+)(?:\s*,\s*(\d+))?\)")

LIMITS = {"TINYINT": 2**7, "SMALLINT": 2**15, "INTEGER": 2**31, "BIGINT": 2**63}


@lru_cache(maxsize=1024)
def base(kind: str | None) -> str:
    """The type without length, by one name for those that mean the same; empty if it is unknown."""
    if not kind:
        return ""
    plain = PRECISION.sub("", kind.upper()).strip()
    return _ALIASES.get(plain, plain)


def smallest(number: int) -> str | None:
    """The smallest type that holds a whole number; None if none does."""
    return next((kind for kind, limit in LIMITS.items() if number < limit), None)


def widest(left: str | None, right: str | None) -> str | None:
    """The type of a sum or product of numbers; None where it depends on digits."""
    first, second = base(left), base(right)
    if first in WHOLE and second in WHOLE:
        return left if WHOLE.index(first) >= WHOLE.index(second) else right
    for number, other, kind in ((first, second, left), (second, first, right)):
        if number == "DOUBLE" and (other in WHOLE or other in {"DOUBLE", "FLOAT", "DECIMAL"}):
            return kind
    return None


def common(kinds: Sequence[str | None]) -> str | None:
    """The one type of several values of a column; None where they differ in a way that engines settle by digits."""
    if not kinds or not all(kinds):
        return None
    found = cast("str", kinds[0])
    for kind in kinds[1:]:
        if base(kind) == base(found) != "DECIMAL" or kind == found:
            continue
        wider = widest(found, kind)
        if not wider:
            return None
        found = wider
    return found
