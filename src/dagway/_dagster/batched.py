"""An event log in SQLite that writes many events in one transaction: for one process that makes many runs.

The stock storage opens a connection, looks at the schema and commits for each of the ten or more events of a step.
Here one connection for each database stays open, and all it writes is committed together: rows, ids and what readers
in this process see are the stock storage's own. Other processes see them after `commit`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import sqlalchemy as db
from dagster import AssetKey, DagsterInstance, EventLogEntry
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.base import AssetRecord
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from sqlalchemy.pool import NullPool


class BatchedEventLogStorage(SqliteEventLogStorage):
    """The stock storage with connections that stay open between two commits."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._held: dict[str, db.Connection] = {}
        self._schema: dict[tuple[str, str], bool] = {}
        self._records: dict[AssetKey, AssetRecord | None] = {}
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> BatchedEventLogStorage:
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Generator[db.Connection]:
        with self._db_lock:
            yield self._held.get(shard) or self._hold(shard)

    def _hold(self, shard: str) -> db.Connection:
        arguments = {"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False}
        engine = db.create_engine(
            self.conn_string_for_shard(shard), poolclass=NullPool, connect_args=arguments
        )
        ready = cast("set[str]", self._initialized_dbs)  # pyright: ignore[reportUnknownMemberType]
        if shard not in ready:
            self._initdb(engine)
            ready.add(shard)
        held = self._held[shard] = engine.connect()
        held.begin()
        return held

    def commit(self) -> None:
        """Writes everything to the disk and lets go of the databases."""
        with self._db_lock:
            for held in self._held.values():
                held.commit()
                held.close()
                held.engine.dispose()
            self._held.clear()

    def dispose(self) -> None:
        self.commit()
        super().dispose()

    def store_event(self, event: EventLogEntry) -> None:
        if event.dagster_event and event.dagster_event.asset_key:
            self._records.pop(event.dagster_event.asset_key, None)
        super().store_event(event)

    def get_asset_records(self, asset_keys: Sequence[AssetKey] | None = None) -> Sequence[AssetRecord]:
        """As the stock storage; what was read stays known until the asset's next event."""
        if asset_keys is None:
            return super().get_asset_records(None)
        unknown = [key for key in asset_keys if key not in self._records]
        if unknown:
            found = {record.asset_entry.asset_key: record for record in super().get_asset_records(unknown)}
            self._records.update({key: found.get(key) for key in unknown})
        return [record for key in asset_keys if (record := self._records[key])]

    # The schema does not change while a process runs: each question to it is asked once.

    def has_table(self, table_name: str) -> bool:
        return self._once("table", table_name, super().has_table)

    def has_asset_key_col(self, column_name: str) -> bool:
        return self._once("column", column_name, super().has_asset_key_col)

    def _has_asset_key_col_on_connection(self, conn: db.Connection, column_name: str) -> bool:
        look = super()._has_asset_key_col_on_connection
        return self._once("column", column_name, lambda column: look(conn, column))

    def _once(self, kind: str, name: str, look: Callable[[str], bool]) -> bool:
        if (kind, name) not in self._schema:
            self._schema[kind, name] = look(name)
        return self._schema[kind, name]


@contextmanager
def batched_instance() -> Generator[DagsterInstance]:
    """The instance of DAGSTER_HOME; with SQLite, its event log writes in batches and is committed at the end.

    Raises:
        KeyError: DAGSTER_HOME is not set.
    """
    home = os.environ["DAGSTER_HOME"]
    stock = InstanceRef.from_dir(home)
    data = stock.event_storage_data
    if data is None or data.class_name != SqliteEventLogStorage.__name__:
        with DagsterInstance.get() as instance:
            yield instance
        return
    settings = {
        "module": __name__,
        "class": BatchedEventLogStorage.__name__,
        "config": data.config_dict,
    }
    with DagsterInstance.from_ref(
        InstanceRef.from_dir(home, overrides={"event_log_storage": settings})
    ) as instance:
        try:
            yield instance
        finally:
            commit(instance)


def commit(instance: DagsterInstance) -> None:
    """Makes what was stored so far visible to other processes; nothing to do for another storage."""
    storage = instance.event_log_storage
    if isinstance(storage, BatchedEventLogStorage):
        storage.commit()
