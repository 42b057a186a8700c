"""The columns of source tables of which a blueprint names none, as the files say that stand in for them.

Names alone: a type would be a guess from a few rows, and the real table's may differ. Where a file leaves any doubt, or
there are more or longer ones than a plan has time for, nothing is said: some of the columns are none. DuckDB is not asked: a plan
has no need of it otherwise.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import cast

from dagway.blueprint.files import DemoTable, Folder, PathError, files_of
from dagway.blueprint.held_paths import is_address
from dagway.blueprint.model import Blueprint
from dagway.blueprint.patterns import files_named

MOST_FILES = 20
"""Files of a pattern that are looked at; of more, none is."""
MOST_BYTES = 1 << 17
"""What is read of a file of text: of CSV, the start is enough; JSON that is longer is not looked at."""
_DELIMITERS = ",;\t|"
_DATE_OR_TIME = re.compile(r"[-+]?\d[-+\d\s.,:/]*(T[-+\d.,:]+)?\s*Z?")
_TRUTH = frozenset({"true", "false", "t", "f", "yes", "no", "y", "n"})
"""What DuckDB takes for a truth value."""


def demo_columns(blueprint: Blueprint, folder: Folder) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Source and table → names of columns, where `columns` is left out and the demo files can be read."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for name, source in blueprint.sources.items():
        for table in source.tables if source.demo else ():
            said = source.table(table)
            if said.columns:
                continue
            path = said.path if said.path and "{{" not in said.path and not is_address(said.path) else None
            files = _files(folder, str(source.demo), DemoTable(table, said.name, path))
            if columns := _together(_columns(file) for file in files):
                found[name, table] = columns
    return found


def _files(folder: Folder, demo: str, table: DemoTable) -> Iterable[Path]:
    """The files of a table's own path, or else the one that is called like the table.

    None where there are too many, or where one leaves the folder.
    """
    root = folder.path.resolve()
    try:
        place = folder.inside(demo)
        own = sorted(islice(files_named(place, table.path), MOST_FILES + 1)) if table.path else []
        named = (file for name in files_of(table.names) if (file := place / name).is_file())
        found = own or list(islice(named, 1))
        is_inside = all(file.resolve().is_relative_to(root) for file in found)
    except (PathError, OSError, ValueError, NotImplementedError):
        return ()
    return found if is_inside and len(found) <= MOST_FILES else ()


def _together(found: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """The names of all files, each once; none where a file says none."""
    together: dict[str, None] = {}
    for names in found:
        if not names:
            return ()
        together.update(dict.fromkeys(names))
    return tuple(together)


def _columns(file: Path) -> tuple[str, ...]:
    """The names that a file has; none where it cannot be told."""
    try:
        if file.name.lower().endswith(".parquet"):
            return _of_parquet(file)
        text, is_whole = _start(file)
        if file.name.lower().removesuffix(".gz").endswith(".csv"):
            return _of_csv(text, is_whole)
        return _of_json(text) if is_whole else ()
    except (OSError, ValueError, EOFError, RecursionError, csv.Error):
        return ()


def _of_parquet(file: Path) -> tuple[str, ...]:
    from pyarrow import ArrowException, parquet

    try:
        return tuple(parquet.read_schema(file).names)  # pyright: ignore[reportUnknownMemberType]
    except ArrowException:
        return ()


def _start(file: Path) -> tuple[str, bool]:
    """The start of a file of text, and whether that is all of it."""
    opened = gzip.open if file.name.endswith(".gz") else Path.open
    with opened(file, "rb") as stream:
        read = stream.read(MOST_BYTES + 1)
    is_whole = len(read) <= MOST_BYTES
    # The end may lie in the middle of a letter.
    return read.decode("utf-8-sig", errors="strict" if is_whole else "ignore"), is_whole


def _of_csv(text: str, is_whole: bool) -> tuple[str, ...]:
    """The header: names that differ, none of them a value, and as many as the next line has values."""
    lines = text.splitlines(keepends=True)
    if not text.strip():
        return ()
    delimiter = max(_DELIMITERS, key=lines[0].count)
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    header = next(rows)
    first = next(rows, [""] * len(header) if is_whole else [])
    differ = len({name.casefold() for name in header}) == len(header)
    fits = differ and len(first) == len(header)
    return tuple(header) if fits and all(map(_is_name, header, first)) else ()


def _is_name(cell: str, below: str) -> bool:
    """Whether a cell of the first line can be no value: `t` and `y` are names where what stands below is no truth value."""
    if not cell.strip() or cell != cell.strip() or not cell.isprintable() or _DATE_OR_TIME.fullmatch(cell):
        return False
    if cell.casefold() in _TRUTH:
        return bool(below) and below.casefold() not in _TRUTH
    try:
        float(cell)
    except ValueError:
        return True
    return False


def _of_json(text: str) -> tuple[str, ...]:
    """The keys of every object, in the order in which they come."""
    if text.lstrip().startswith("["):
        rows = cast("list[object]", json.loads(text))
    else:
        rows = [cast("object", json.loads(line)) for line in text.splitlines() if line.strip()]
    if not all(isinstance(row, dict) for row in rows):
        return ()
    return tuple(dict.fromkeys(str(key) for row in rows for key in cast("dict[str, object]", row)))
