# What is extended here is private to Dagster, and in part without types.
# pyright: reportUnknownMemberType=false, reportPrivateUsage=false, reportUnknownVariableType=false
"""Dagster's SQLite storage for several services and many runs at once.

The data and its place are those of the stock storage; either reads what the other has written. Two things differ: writers of
runs and ticks wait as long for each other as writers of events do, and the databases are made by one process while
others wait.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData

#: Seconds for which a writer waits for another; Dagster's run and schedule storages wait 5.
PATIENCE = 60
_LOCK = ".storage.lock"


class SqliteStorage(DagsterSqliteStorage):
    """For `storage: {custom: …}` in `dagster.yaml`."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        with _alone(Path(base_dir)):
            super().__init__(base_dir, inst_data)
        for storage in (self._run_storage, self._schedule_storage):
            storage._conn_string = f"{storage._conn_string}?timeout={PATIENCE}"

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]) -> Any:
        """As Dagster makes it from its configuration."""
        return cls(config_value["base_dir"], inst_data)


@contextmanager
def _alone(folder: Path) -> Generator[None]:
    """One process at a time; the lock ends with it, however that ends."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
