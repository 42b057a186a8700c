"""Rows that stand in for a database in demo mode."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dagway.draft.model import TableProfile
from dagway.draft.profile import quoted

if TYPE_CHECKING:
    import duckdb

DEMO = "demo"
"""The folder beside the blueprint that holds the rows."""


def write_demo(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[TableProfile], base: Path, name: str
) -> str:
    """Writes each table as Parquet under `base/demo/<name>`: the folder, relative to `base`."""
    folder = base / DEMO / name
    folder.mkdir(parents=True, exist_ok=True)
    for table in tables:
        path = str(folder / f"{table.name}.parquet").replace("'", "''")
        connection.execute(f"copy {quoted(table.name)} to '{path}' (format parquet)")
    return folder.relative_to(base).as_posix()
