"""Demo mode: the account that the simulator plays, made of the project's demo files."""

from pathlib import Path

from dagway.blueprint.files import DATA_ENDINGS
from dagway.components.reading import read_file
from dagway.errors import DagwayError
from dagway.simulators.fivetran import Connection, Fivetran, Group


def simulated(folder: Path) -> Fivetran:
    """An account whose connections are the folders of a folder, with a table for each file.

    Raises:
        DagwayError: there are no files.
    """
    connections = [
        Connection(
            f"demo_{schema.name}", schema.name, {table: _columns(file) for table, file in files.items()}
        )
        for schema in sorted(folder.glob("*"))
        if (files := tables(schema))
    ]
    if not connections:
        raise DagwayError(
            f"Fivetran has no demo files in {folder}.",
            "Put <schema>/<table>.csv there: a folder a connection.",
        )
    return Fivetran(groups=[Group(service="duckdb", connections=connections)])


def tables(schema: Path) -> dict[str, Path]:
    """The files of a connection's folder, by table."""
    found = sorted(schema.glob("*"))
    return {file.stem: file for file in found if file.suffix in DATA_ENDINGS and file.is_file()}


def _columns(file: Path) -> list[str]:
    with read_file(str(file), {}, None) as rows:
        return list(rows.schema.names)
