"""DuckDB files around a run of dbt: dbt is a process of its own, and a file belongs to one process at a time."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagway.components.warehouse.duckdb_session import lend, session

PATIENCE = 20.0
"""Seconds to wait for a file that another process holds: dbt itself does not."""


@contextmanager
def handed_over(database: Path | None) -> Generator[None]:
    """Inside, no file is held here, and afterwards none by dbt's adapter, which Dagster opens in this process.

    Args:
        database: the file that dbt builds in, if it is known; its folder is made.

    Raises:
        DagwayError: another process holds the file.
    """
    if database is not None:
        with session(str(database), PATIENCE):
            pass
    lend()
    try:
        yield
    finally:
        _close_adapter()


def _close_adapter() -> None:
    connections: Any = sys.modules.get("dbt.adapters.duckdb.connections")
    if connections is not None and (environment := connections.DuckDBConnectionManager._ENV):
        environment.close()
