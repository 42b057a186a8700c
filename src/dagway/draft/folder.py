"""Reads a folder of data files: each file is a table, each sub-folder with files is a source of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dagway.draft.model import SourceProfile, TableProfile
from dagway.draft.names import identifier, identifiers
from dagway.draft.profile import profile, quoted, references
from dagway.errors import DagwayError

if TYPE_CHECKING:
    import duckdb

READERS = {
    ".csv": "read_csv({path}, sample_size=-1)",
    ".parquet": "read_parquet({path})",
    ".jsonl": "read_json({path}, format='newline_delimited')",
    ".json": "read_json({path})",
}
"""Endings that are read, and how; `components` reads the same ones."""


def read_folder(folder: Path, base: Path, sample: int) -> tuple[SourceProfile, ...]:
    """The sources below `folder`, with paths relative to `base`, where the blueprint will stand.

    Raises:
        DagwayError: there is no file to read, or one cannot be read.
    """
    places = [
        folder,
        *sorted(child for child in folder.iterdir() if child.is_dir() and child.name[0] not in "._"),
    ]
    sources = tuple(_source(place, base, sample) for place in places if _files(place))
    if not sources:
        endings = ", ".join(READERS)
        raise DagwayError(
            f"{folder} holds no data file.",
            f"Name a folder that holds files ending in {endings}, or a database.",
        )
    return sources


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.is_file() and file.suffix.lower() in READERS)


def _source(folder: Path, base: Path, sample: int) -> SourceProfile:
    import duckdb

    address = folder.relative_to(base).as_posix()
    with duckdb.connect() as connection:
        files = _files(folder)
        names = identifiers(file.stem for file in files)
        tables = tuple(_table(connection, file, names[file.stem], sample) for file in files)
        found = references(connection, tables)
    name = identifier(folder.resolve().name)
    return SourceProfile(name, "files", "filesystem", address, address, tables, found)


def _table(connection: duckdb.DuckDBPyConnection, file: Path, name: str, sample: int) -> TableProfile:
    import duckdb

    if file.stat().st_size == 0:
        raise DagwayError(
            f"{file} is empty.", "Write at least a line with the columns' names, or move it away."
        )
    reader = READERS[file.suffix.lower()].format(path="'" + str(file).replace("'", "''") + "'")
    try:
        ((rows,),) = connection.execute(f"select count(*) from {reader}").fetchall()
        drawn = f" using sample reservoir({sample} rows) repeatable (1)" if rows > sample else ""
        connection.execute(f"create table {quoted(name)} as select * from {reader}{drawn}")
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise DagwayError(
            f"{file} cannot be read as {file.suffix[1:]}: {reason}",
            "Mend the file or move it out of the folder.",
        ) from None
    return profile(connection, name, origin=file.name, rows=int(rows))
