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
_TAKES_SOME = {
    "small": {*_FLOAT, "decimal"},
    "middle": {*_FLOAT, "decimal"},
    "whole": {*_FLOAT, "decimal"},
    "decimal": {*_FLOAT, "decimal"},
    "float32": {*_WHOLE, "decimal", "float64"},
    "float64": {*_WHOLE, "decimal"},
    "date": {"naive"},
    "naive": {"naive"},
    "aware": {"aware"},
}
"""Family of a kept column → families of which some values have their place, and the rows say which."""

_DIGITS = {"float32": 6, "float64": 15}
"""Family → digits of a decimal that come back as they were."""
_EXACT = {"float32": 1 << 24, "float64": 1 << 53}
"""Family → the number up to which every whole one has its place."""
_SINGLE = "1.2e-38 and 3.4e38"
"""Sizes that a float of four bytes has a place for: beyond them, PostgreSQL refuses to try."""
_SCALES = {"timestamp_s": 0, "timestamp_ms": 3, "timestamp_ns": 9, "timestamptz_ns": 9}
_MICROSECONDS = 6


@dataclass(frozen=True)
class _Type:
    """A column's type: its family, and the digits that it says it has, all and those after the point."""

    family: str
    precision: float
    scale: float


def refuse_loss(
    session: Session, table: str, kept: Columns, new: Columns, rows: str, where: str | None = None
) -> None:
    """Make sure that every column of the new rows has its place, by name, and fits.

    Where the types alone cannot say it, the values are looked at, of all columns at once.

    Args:
        kept: the table's columns.
        new: those of the new rows.
        rows: the new ones, as they stand after `from`.
        where: which of them come into the table; all if left out.

    Raises:
        DagwayError: a column is new or missing, or its values would be rounded, cut, moved to another zone or refused.
    """
    before, after = {name.lower(): kind for name, kind in kept}, {name.lower(): kind for name, kind in new}
    changes = [f"{name} is new" for name in after if name not in before]
    changes += [f"{name} is missing" for name in before if name not in after]
    asked: dict[str, str] = {}
    for name, kind in new:
        if (was := before.get(name.lower())) is None:
            continue
        old, given = _read(was, session.dialect), _read(kind, session.dialect)
        if _always_fits(old, given):
            continue
        change = f"{name} was {was} and is {kind}"
        if given.family in _TAKES_SOME.get(old.family, set()):
            asked[change] = _lost(old, given, session.quoted(name), was, kind)
        else:
            changes.append(change)
    if changes or (changes := _lossy(session, asked, rows, where)):
        raise DagwayError(
            f"The new rows of {table} do not fit the kept ones: {', '.join(changes)}.",
            "Cast the columns to their old types, or drop the table and materialize all of its partitions.",
        )


def _always_fits(old: _Type, given: _Type) -> bool:
    """Whether all values have their place, whatever they are."""
    if old.family in _FLOAT and given.family == "decimal":
        return given.precision <= _DIGITS[old.family]
    if old.family == given.family and old.family in ("decimal", "naive", "aware"):
        return given.scale <= old.scale
    return old.family == given.family or given.family in _TAKES.get(old.family, set())


def _lost(old: _Type, given: _Type, column: str, was: str, kind: str) -> str:
    """The condition under which a value has no place that keeps it."""
    if old.family in _FLOAT and given.family in {*_WHOLE, "decimal"}:
        limit = _EXACT[old.family]
        beyond = f"{column} > {limit} or {column} < -{limit}"
        if given.scale == 0:
            return beyond
        # Both trims, because Snowflake's stand-in leaves the characters of `trim` out.
        digits = f"length(ltrim(rtrim(replace(cast(abs({column}) as varchar), '.', ''), '0'), '0'))"
        return f"{beyond} or ({column} <> floor({column}) and {digits} > {_DIGITS[old.family]})"
    changed = f"cast(cast({column} as {was}) as {kind}) <> {column}"
    if old.family == "float32":
        # The difference is no number for what has no size either, which a float keeps.
        fits = f"{column} = 0 or abs({column}) between {_SINGLE}"
        return f"case when {fits} then {changed} else {column} - {column} = 0 end"
    return changed


def _lossy(session: Session, asked: dict[str, str], rows: str, where: str | None) -> list[str]:
    """The changes by which values of the rows would be lost, with their numbers."""
    if not asked:
        return []
    counts = ", ".join(f"count(case when {lost} then 1 end)" for lost in asked.values())
    only = "" if where is None else f" where {where}"
    (found,) = session.rows(f"select {counts} from {rows} as new_rows{only}")
    return [
        f"{change}, which {count} values do not fit"
        for change, count in zip(asked, found, strict=True)
        if count
    ]


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
    if family in _WHOLE:
        return _Type(family, float("inf"), 0)
    # A decimal that does not say how many digits has room for any.
    precision, scale = (float(match[1]), float(match[2] or 0)) if match else (float("inf"), float("inf"))
    return _Type(family, precision, scale)
