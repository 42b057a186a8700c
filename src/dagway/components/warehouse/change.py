"""What may become of a table whose rows are replaced part by part, when the new rows have other columns."""

from __future__ import annotations

import re

from dagway.components.warehouse.session import Columns
from dagway.errors import DagwayError

_FAMILIES = {
    "whole": r"tinyint|smallint|integer|bigint|hugeint|utinyint|usmallint|uinteger|ubigint|uhugeint|int\d*|bignum",
    "decimal": r"decimal.*|numeric.*|number.*|fixed",
    "float": r"float\d*|double|double precision|real",
    "text": r"varchar.*|text|character.*|char.*|bpchar.*|string|enum.*",
    "date": r"date",
    "moment": r"timestamp.*|datetime",
    "flag": r"boolean|bool",
}
_TAKES = {
    "decimal": {"whole"},
    "float": {"whole", "decimal"},
    "moment": {"date"},
    "text": {"whole", "decimal", "float", "date", "moment", "flag"},
}
"""Family of a kept column → families that it takes without a loss, besides its own."""


def refuse_loss(table: str, kept: Columns, new: Columns) -> None:
    """Make sure that every column of the new rows has its place, by name, and fits.

    Raises:
        DagwayError: a column is new or missing, or its values would be rounded, cut or refused.
    """
    before, after = {name.lower(): kind for name, kind in kept}, {name.lower(): kind for name, kind in new}
    changes = [f"{name} is new" for name in after if name not in before]
    changes += [f"{name} is missing" for name in before if name not in after]
    changes += [
        f"{name} was {before[name]} and is {kind}"
        for name, kind in after.items()
        if name in before and not _fits(before[name], kind)
    ]
    if changes:
        raise DagwayError(
            f"The new rows of {table} do not fit the kept ones: {', '.join(changes)}.",
            "Cast the columns to their old types, or drop the table and materialize all of its partitions.",
        )


def _fits(kept: str, new: str) -> bool:
    old, given = _family(kept), _family(new)
    if old == given == "decimal":
        return _scale(new) <= _scale(kept)
    return old == given or given in _TAKES.get(old, set())


def _scale(kind: str) -> float:
    """Decimal places; a type that does not say how many has room for any."""
    match = re.search(r"\(\d+(?:,\s*(\d+))?\)", kind)
    return float(match[1] or 0) if match else float("inf")


def _family(kind: str) -> str:
    """The family of a type; a type of none is its own."""
    text = kind.lower()
    return next((name for name, types in _FAMILIES.items() if re.fullmatch(types, text)), text)
