"""Demo files of services that land tables: a folder is a schema, a file is a table."""

from pathlib import Path

from dagway.blueprint.files import DATA_ENDINGS
from dagway.components.asset_spec import column_types
from dagway.components.landing.step import Landing
from dagway.components.reading import duckdb_types, read_file
from dagway.components.source import store
from dagway.components.warehouse import Session
from dagway.errors import DagwayError

Columns = list[str]


def schemas(folder: Path, title: str) -> dict[str, dict[str, Columns]]:
    """The columns of each table, by schema and table.

    Raises:
        DagwayError: there are no files.
    """
    found = {
        schema.name: {table: _columns(file) for table, file in files.items()}
        for schema in sorted(folder.glob("*"))
        if (files := _tables(schema))
    }
    if not found:
        raise DagwayError(
            f"{title} has no demo files in {folder}.",
            "Put <schema>/<table>.csv there: a folder a connection.",
        )
    return found


def land(folder: Path, session: Session, landing: Landing) -> None:
    """Load a table's file, as the service would have landed it.

    Raises:
        DagwayError: there is no such file.
    """
    schema, _, name = landing.place.rpartition(".")
    file = _tables(folder / schema).get(name)
    if file is None:
        raise DagwayError(
            f"There is no demo file of {landing.place} in {folder}.", f"Put {schema}/{name}.csv there."
        )
    types = duckdb_types(column_types(landing.attributes), landing.attributes.dialect)
    store(session, landing.place, read_file(str(file), types, None), None)


def _tables(schema: Path) -> dict[str, Path]:
    found = sorted(schema.glob("*"))
    return {file.stem: file for file in found if file.suffix in DATA_ENDINGS and file.is_file()}


def _columns(file: Path) -> Columns:
    with read_file(str(file), {}, None) as rows:
        return list(rows.schema.names)
