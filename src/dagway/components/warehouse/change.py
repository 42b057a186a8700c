"""What may become of a table whose rows are replaced part by part, when the new rows have other columns."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dagway.components.warehouse.session import Columns, Session
from dagway.errors import DagwayError

_FAMILIES = {
    "small": r"u?tinyint|u?smallint|int[12]",
    "middle": r"u?integer|int4?",
    "whole": r"u?bigint|u?hugeint|int\d+|bignum",
    "decimal": r"decimal.*|numeric.*|number.*|fixed",
    "float32": r"float4|float|real",
    "float64": r"float\d*|double|double precision|real",
    "text": r"varchar.*|text|character.*|char.*|bpchar.*|string|enum.*",
    "date": r"date",
    "aware": r"timestamp.*with time zone|timestamp_?tz.*|timestamp_ltz.*",
    "naive": r"timestamp.*|datetime.*",
    "flag": r"boolean|bool",
}
_WHOLE = {"small", "middle", "whole"}
_FLOAT = {"float32", "float64"}
_TAKES = {
    "small": _WHOLE,
    "middle": _WHOLE,
    "whole": _WHOLE,
    "decimal": _WHOLE,
    "float32": {"small"},
    "float64": {"small", "middle", "float32"},
    "naive": {"date"},
    "text": {*_WHOLE, *_FLOAT, "decimal", "date", "naive", "aware", "flag"},
}
"""Family of a kept column → families that it takes without a loss, besides its own: what has no place is an error there."""

_DIGITS = {"float32": 6, "float64": 15}
"""Family → digits of a decimal that come back as they were."""
_EXACT = {"float32": 1 << 24, "float64": 1 << 53}
"""Family → the number up to which every whole one has its place."""
_SCALES = {"timestamp_s": 0, "timestamp_ms": 3, "timestamp_ns": 9, "timestamptz_ns": 9}
_MICROSECONDS = 6


@dataclass(frozen=True)
class _Type:
    """A column's type: its family, and the digits that it says it has, all and those after the point."""

    family: str
    precision: float
    scale: float


def refuse_loss(session: Session, table: str, kept: Columns, rows: str) -> None:
    """Make sure that every column of the new rows has its place, by name, and fits.

    Args:
        rows: the new ones, as they stand after `from`.

    Raises:
        DagwayError: a column is new or missing, or its values would be rounded, cut, moved to another zone or refused.
    """
    new = session.sample(f"select * from {rows} as new_rows", 0).columns
    before, after = {name.lower(): kind for name, kind in kept}, {name.lower(): kind for name, kind in new}
    changes = [f"{name} is new" for name in after if name not in before]
    changes += [f"{name} is missing" for name in before if name not in after]
    for name, kind in new:
        if (was := before.get(name.lower())) is None:
            continue
        old, given = _read(was, session.dialect), _read(kind, session.dialect)
        if not _fits(old, given):
            changes.append(f"{name} was {was} and is {kind}")
        elif _has_larger(session, name, rows, old, given):
            changes.append(f"{name} was {was} and has whole numbers beyond {_EXACT[old.family]}")
    if changes:
        raise DagwayError(
            f"The new rows of {table} do not fit the kept ones: {', '.join(changes)}.",
            "Cast the columns to their old types, or drop the table and materialize all of its partitions.",
        )


def _fits(old: _Type, given: _Type) -> bool:
    """Whether values have their place by their types alone; of whole numbers in a float, the rows say more."""
    if old.family in _FLOAT and given.family == "decimal":
        return given.scale == 0 or given.precision <= _DIGITS[old.family]
    if old.family == given.family and old.family in ("decimal", "naive", "aware"):
        return given.scale <= old.scale
    if old.family in _FLOAT and given.family in _WHOLE:
        return True
    return old.family == given.family or given.family in _TAKES.get(old.family, set())


def _has_larger(session: Session, name: str, rows: str, old: _Type, given: _Type) -> bool:
    """Whether whole numbers of the rows are too large for a float.

    Their type does not say it: a file whose amounts have no fraction on one day is read as large whole numbers.
    """
    if old.family not in _FLOAT or given.family not in {*_WHOLE, "decimal"}:
        return False
    if given.family in _TAKES[old.family] or given.precision <= _DIGITS[old.family]:
        return False
    limit, column = _EXACT[old.family], session.quoted(name)
    return bool(
        session.scalar(
            f"select count(*) from {rows} as new_rows where {column} > {limit} or {column} < -{limit}"
        )
    )


def _read(kind: str, dialect: str) -> _Type:
    """What a type's name says; a type of no family is its own."""
    text = kind.lower()
    if text.endswith("]"):
        return _Type(text, 0, 0)
    family = next((name for name, types in _FAMILIES.items() if re.fullmatch(types, text)), text)
    if family == "float32" and dialect == "snowflake":
        family = "float64"  # its only one, whatever it is called
    match = re.search(r"\((\d+)(?:,\s*(\d+))?\)", text)
    if family in ("naive", "aware"):
        scale = float(match[1]) if match else _SCALES.get(text, _MICROSECONDS)
        return _Type(family, 0, scale)
    # A decimal that does not say how many digits has room for any.
    precision, scale = (float(match[1]), float(match[2] or 0)) if match else (float("inf"), float("inf"))
    return _Type(family, precision, scale)
