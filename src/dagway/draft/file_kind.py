"""What kind of database a file is, told by its first bytes: an ending says too little."""

from __future__ import annotations

from pathlib import Path

from dagway.draft.folder import READERS
from dagway.errors import DagwayError

_SQLITE = b"SQLite format 3\0"
_DUCKDB, _DUCKDB_AT = b"DUCK", 8


def address_of_file(file: Path) -> str:
    """The address of a database file: `sqlite:///…` or `duckdb:///…`.

    Raises:
        DagwayError: it is neither.
    """
    with file.open("rb") as opened:
        start = opened.read(len(_SQLITE))
    if start == _SQLITE:
        return f"sqlite:///{file}"
    if start[_DUCKDB_AT:].startswith(_DUCKDB):
        return f"duckdb:///{file}"
    if file.name.lower().endswith(tuple(READERS)):
        raise DagwayError(f"{file} is a single file.", f"Name the folder that holds it: {file.parent}")
    raise DagwayError(
        f"{file} is no database that can be read here: neither DuckDB nor SQLite.",
        "Name a folder of data files, a DuckDB or SQLite file, or an address such as postgresql://user@host/database.",
    )
