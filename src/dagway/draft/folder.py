"""Reads a folder of data files: each file is a table, each sub-folder with files is a source of its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from dagway.draft.model import SourceProfile, TableProfile
from dagway.draft.names import identifiers, source_names
from dagway.draft.profile import Step, profile, quoted, references
from dagway.errors import DagwayError
from dagway.sql.csv_lines import refuse_lost_lines

if TYPE_CHECKING:
    import duckdb

_CSV = "read_csv({path}, sample_size=-1)"
_LINES = "read_json({path}, format='newline_delimited', sample_size=-1)"
_JSON = "read_json({path}, sample_size=-1)"
READERS = {
    ".csv": _CSV,
    ".csv.gz": _CSV,
    ".tsv": _CSV,
    ".parquet": "read_parquet({path})",
    ".jsonl": _LINES,
    ".jsonl.gz": _LINES,
    ".ndjson": _LINES,
    ".json": _JSON,
    ".json.gz": _JSON,
}
"""Endings that are read, and how; `components` reads the same ones."""
OTHER_DATA = (".avro", ".db", ".duckdb", ".gz", ".orc", ".sqlite", ".txt", ".xls", ".xlsx", ".xml", ".zip")
"""Endings of data that is not read: a person is told that it was left out."""


def read_folder(
    folder: Path, base: Path, sample: int, step: Step = lambda _done, _total: None
) -> tuple[SourceProfile, ...]:
    """The sources below `folder`, with paths relative to `base`, where the blueprint will stand.

    Args:
        step: told how many files are read, and of how many.

    Raises:
        DagwayError: there is no file to read, or one cannot be read.
    """
    files = {place: found for place in (folder, *_folders(folder)) if (found := _files(place, base))}
    if not files:
        raise DagwayError(
            f"{folder} holds no data file.",
            f"Name a folder that holds files ending in {', '.join(READERS)}, or a database.",
        )
    total = sum(map(len, files.values()))
    done = itertools.count()
    step(next(done), total)
    return tuple(
        _source(place, name, files[place], base, sample, lambda: step(next(done), total))
        for place, name in zip(files, source_names(place.name for place in files), strict=True)
    )


def left_out(folder: Path, base: Path) -> tuple[str, ...]:
    """What looks like data below `folder` and is not read, relative to `base`: other formats, empty files, links that lead
    elsewhere, and folders two levels down."""
    folders = [folder, *_folders(folder)]
    files = [file for place in folders for file in place.iterdir() if _is_left_out(file, base)]
    deeper = [deep for place in folders[1:] for deep in _folders(place) if _files(deep, base)]
    return tuple(sorted(path.relative_to(base).as_posix() for path in (*files, *deeper)))


def _folders(folder: Path) -> list[Path]:
    """The folders below, without hidden ones and without links, which may lead round in a circle."""
    below = (child for child in folder.iterdir() if child.is_dir() and not child.is_symlink())
    return sorted(child for child in below if child.name[0] not in "._")


def _files(folder: Path, base: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if _ending(file) and _is_data(file, base))


def _is_data(file: Path, base: Path) -> bool:
    """A blueprint's files stay in its folder, also through symbolic links; an empty one does not even name columns."""
    return file.is_file() and file.resolve().is_relative_to(base) and file.stat().st_size > 0


def _is_left_out(file: Path, base: Path) -> bool:
    if not file.is_file() or file.name[0] in "._":
        return False
    return not _is_data(file, base) if _ending(file) else file.suffix.lower() in OTHER_DATA


def _ending(file: Path) -> str | None:
    """The ending by which the file is read; None if it is not."""
    name = file.name.lower()
    hidden = name[0] in "._"
    return None if hidden else max((end for end in READERS if name.endswith(end)), key=len, default=None)


def _source(
    folder: Path, name: str, files: list[Path], base: Path, sample: int, was_read: Callable[[], None]
) -> SourceProfile:
    import duckdb

    address = folder.relative_to(base).as_posix()
    stems = [file.name[: -len(_ending(file) or "")] for file in files]
    with duckdb.connect() as connection:
        tables: list[TableProfile] = []
        for file, table in zip(files, identifiers(stems), strict=True):
            tables.append(_table(connection, file, table, sample))
            was_read()
        found = references(connection, tables)
    return SourceProfile(name, "files", "filesystem", address, address, tuple(tables), found)


def _table(connection: duckdb.DuckDBPyConnection, file: Path, name: str, sample: int) -> TableProfile:
    import duckdb

    ending = _ending(file) or ""
    reader = READERS[ending].format(path="'" + str(file).replace("'", "''") + "'")
    try:
        if READERS[ending] is _CSV:
            refuse_lost_lines(connection, str(file))
        ((rows,),) = connection.execute(f"select count(*) from {reader}").fetchall()
        drawn = f" using sample reservoir({sample} rows) repeatable (1)" if rows > sample else ""
        connection.execute(f"create table {quoted(name)} as select * from {reader}{drawn}")
    except duckdb.Error as error:
        raise DagwayError(
            f"{file} cannot be read as {ending[1:]}: {str(error).splitlines()[0]}",
            "Mend the file or move it out of the folder.",
        ) from None
    return profile(connection, name, origin=file.name, rows=int(rows))
