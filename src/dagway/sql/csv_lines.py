"""Lines of a CSV file that would be lost: DuckDB goes on without a word where lines differ in their number of values."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING

from dagway.errors import DagwayError

if TYPE_CHECKING:
    import duckdb

_DELIMITERS = frozenset(",;|\t")
_REMEDY = (
    "Mend the lines with more or fewer values, or an open quote; remove lines that do not belong to the table,"
    " or begin them with #."
)


def refuse_lost_lines(
    connection: duckdb.DuckDBPyConnection, pattern: str, *, tolerant: bool = False
) -> dict[str, tuple[str, ...]]:
    """Looks at each file as DuckDB will read it, and gives its columns. A title or a comment above the header may be skipped.

    Args:
        pattern: a file, or a pattern of files.
        tolerant: whether lines that do not fit are put aside, and tell nothing of the columns.

    Raises:
        DagwayError: first lines with values would be skipped, or each line would be read as one value.
    """
    found: dict[str, tuple[str, ...]] = {}
    options = ", ignore_errors = true" if tolerant else ""
    for (file,) in connection.execute("select file from glob(?) order by file", [pattern]).fetchall():
        sniffed = f"select SkipRows, Delimiter, Columns from sniff_csv(?, sample_size = -1{options})"
        ((skipped, delimiter, columns),) = connection.execute(sniffed, [file]).fetchall()
        _refuse_skipped(str(file), int(skipped), str(delimiter))
        found[str(file)] = tuple(str(column["name"]) for column in columns)
        _refuse_one_of_many(str(file), found[str(file)])
    return found


def _refuse_skipped(file: str, skipped: int, delimiter: str) -> None:
    for number, line in enumerate(_first(file, skipped), 1):
        if delimiter in line and not line.startswith("#"):
            raise DagwayError(
                f"{file} cannot be read: its line {number}, {shorten(line, 60)}, has not as many values as line {skipped + 1},"
                " and would be skipped.",
                _REMEDY,
            )


def _first(file: str, lines: int) -> list[str]:
    opened = gzip.open if file.endswith(".gz") else Path.open
    with opened(Path(file), "rt", encoding="utf-8", errors="replace") as text:
        return list(islice(text, lines))


def _refuse_one_of_many(file: str, columns: Sequence[str]) -> None:
    if len(columns) == 1 and _DELIMITERS & set(columns[0]):
        raise DagwayError(
            f"{file} cannot be read: its lines do not all have the columns of the first, {columns[0]}.",
            _REMEDY,
        )
