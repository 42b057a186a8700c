"""Reads a DuckDB file: its tables and views, as one source, by DuckDB itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dagway.draft.model import SourceProfile, TableProfile
from dagway.draft.names import source_name
from dagway.draft.profile import Step, profile, quoted
from dagway.draft.relational import read_source
from dagway.errors import DagwayError

if TYPE_CHECKING:
    import duckdb

MAIN = "main"
"""The schema that a name without one means."""
_DATABASE = "drafted"
_TABLES = f"""
    select schema_name, table_name from duckdb_tables() where database_name = '{_DATABASE}' and not internal
    union all select schema_name, view_name from duckdb_views() where database_name = '{_DATABASE}' and not internal
    order by all
"""
_CONSTRAINTS = f"""
    select schema_name, table_name, constraint_type, constraint_column_names, referenced_table, referenced_column_names
    from duckdb_constraints() where database_name = '{_DATABASE}' and constraint_type in ('PRIMARY KEY', 'FOREIGN KEY')
"""


@dataclass(frozen=True)
class Found:
    """A table or view of the file, and what it declares."""

    schema: str
    table: str
    key: tuple[str, ...] = ()
    references: tuple[tuple[str, str, str], ...] = ()

    @property
    def name(self) -> str:
        """Its name, with the schema where that is not the default one."""
        return self.table if self.schema == MAIN else f"{self.schema}.{self.table}"


def read_duckdb(
    file: Path,
    base: Path,
    sample: int,
    tables: Sequence[str] = (),
    step: Step = lambda _done, _total: None,
) -> SourceProfile:
    """The file's tables and views, with up to `sample` rows of each written as Parquet under `base/demo/<source>`.

    Raises:
        DagwayError: another process holds the file, another version of DuckDB wrote it, or it has no such table.
    """
    import duckdb

    if not file.is_file():
        # DuckDB would say it in other words for each version.
        raise DagwayError(f"There is no database file {file}.", "Correct the path: warehouse.duckdb.")
    name = source_name(file.stem)
    with duckdb.connect() as connection:
        try:
            path = str(file).replace("'", "''")
            connection.execute(f"attach '{path}' as {_DATABASE} (read_only)")
        except duckdb.Error as error:
            raise _refused(file, error) from None
        found = _wanted(_found(connection), tables, file)
        return read_source(
            connection,
            name,
            "duckdb",
            found,
            lambda one, called: _read(connection, one, called, sample),
            base,
            step,
        )


def _refused(file: Path, error: duckdb.Error) -> DagwayError:
    said = str(error).splitlines()[0]
    if "lock" in said.lower():
        return DagwayError(
            f"{file} is in use: {said}",
            "End the process that writes to it, or draft from a copy of the file.",
        )
    return DagwayError(
        f"{file} cannot be opened by this version of DuckDB: {said}",
        "Export it with the version that wrote it, and import it with this one.",
    )


def _found(connection: duckdb.DuckDBPyConnection) -> list[Found]:
    keys: dict[tuple[str, str], tuple[str, ...]] = {}
    foreign: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for schema, table, kind, columns, to, to_columns in connection.execute(_CONSTRAINTS).fetchall():
        place = (str(schema), str(table))
        if kind == "PRIMARY KEY":
            keys[place] = tuple(columns)
        elif len(columns) == 1:
            # A foreign key stays within its schema.
            other = Found(place[0], str(to)).name
            foreign.setdefault(place, []).append((columns[0], other, to_columns[0]))
    places = [(str(schema), str(table)) for schema, table in connection.execute(_TABLES).fetchall()]
    return [Found(*place, keys.get(place, ()), tuple(foreign.get(place, ()))) for place in places]


def _wanted(found: list[Found], tables: Sequence[str], file: Path) -> list[Found]:
    names = {one.name for one in found}
    missing = [name for name in tables if name not in names]
    if missing or not found:
        what = f"{file} has no table {', '.join(missing)}." if missing else f"{file} has no table."
        raise DagwayError(what, f"There are: {', '.join(sorted(names))}." if names else "Name another file.")
    return [one for one in found if not tables or one.name in tables]


def _read(connection: duckdb.DuckDBPyConnection, found: Found, name: str, sample: int) -> TableProfile:
    import duckdb

    place = f"{_DATABASE}.{quoted(found.schema)}.{quoted(found.table)}"
    try:
        ((rows,),) = connection.execute(f"select count(*) from {place}").fetchall()
        drawn = f" using sample reservoir({sample} rows) repeatable (1)" if rows > sample else ""
        connection.execute(f"create table {quoted(name)} as select * from {place}{drawn}")
    except duckdb.Error as error:
        raise DagwayError(
            f"{found.name} cannot be read: {str(error).splitlines()[0]}",
            "Mend the view, or name the other tables with --table.",
        ) from None
    return profile(connection, name, origin=found.name, rows=int(rows), declared_key=found.key)
