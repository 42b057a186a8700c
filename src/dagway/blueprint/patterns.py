"""Patterns of files, as DuckDB reads them: `*`, `?` and `[…]` leave open what a file or a folder is called."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

_SIGN = re.compile(r"[*?\[]")


def is_pattern(path: str) -> bool:
    """Whether a path leaves open what it names."""
    return _SIGN.search(path) is not None


def fixed_folder(pattern: str) -> str:
    """The folder in which everything lies that matches, as far as the pattern names it; of a plain path, its folder.

    `data/d?/*.csv` is `data`, `*.csv` is empty, `/*.csv` is `/`.
    """
    before, slash, _ = _SIGN.split(pattern, maxsplit=1)[0].rpartition("/")
    return before or slash


def below(pattern: str) -> str:
    """What follows the fixed folder: `data/d?/*.csv` is `d?/*.csv`."""
    return pattern.removeprefix(fixed_folder(pattern)).lstrip("/")


def matching(folder: Path, pattern: str) -> Iterator[Path]:
    """The files and folders below a folder that match, as they do for DuckDB.

    Several stars beside other signs are one. A last `**` is every file below, not, as in some versions of Python, folders alone.

    Raises:
        OSError, ValueError, NotImplementedError: the file system or Python's own `glob` refuses it.
    """
    parts = [part if part == "**" else re.sub(r"\*{2,}", "*", part) for part in pattern.split("/")]
    yield from folder.glob("/".join([*parts, "*"] if parts[-1] == "**" else parts))


def files_named(folder: Path, written: str) -> Iterator[Path]:
    """The files that match; where there is none, the one of that very name, as DuckDB reads `list[1].csv` too.

    Raises:
        OSError, ValueError, NotImplementedError: the file system or Python's own `glob` refuses it.
    """
    if Path(written).is_absolute():
        folder = Path(Path(written).anchor)
        written = str(Path(written).relative_to(folder))
    found = (path for path in matching(folder, written) if path.is_file())
    own = (path for path in [folder / written] if path.is_file())
    first = next(found, None) or next(own, None)
    yield from () if first is None else chain([first], found)
