"""An event log in SQLite that writes many events at once: for one process that makes many runs.

The stock storage opens a connection, looks at the schema and commits for each of the ten or more events of a step.
Here events wait in memory and are written together, on connections that stay open, in the rows and with the ids that
the stock storage would have given them. Whatever reads the database writes what waits first; the one question that
every step asks, an asset's latest record, is answered from memory. Other processes see the events after `commit`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import groupby
from typing import Any, cast

import sqlalchemy as db
from dagster import (
    AssetCheckEvaluation,
    AssetKey,
    DagsterEventType,
    DagsterInstance,
    EventLogEntry,
    EventLogRecord,
)
from dagster._core.events import ASSET_CHECK_EVENTS, ASSET_EVENTS, EVENT_TYPE_TO_PIPELINE_RUN_STATUS
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.base import AssetRecord
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    AssetKeyTable,
    SqlEventLogStorageTable,
)
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster_shared.record import replace  # pyright: ignore[reportUnknownVariableType]
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.pool import NullPool

from dagway._dagster.batched_checks import CheckRows, Stored

#: So many events wait at most: they take about 4 kB of memory each.
MOST_WAITING = 10_000
#: Seconds to wait while another process, such as Dagster's UI, writes to the database.
PATIENCE = 60
#: Dagster's storage writes check events to its index as well since it got this method, and checks know partitions since
#: this column. Before, the rows written here would not be its own: there the stock storage stays.
SUPPORTED = (
    hasattr(SqliteEventLogStorage, "_store_asset_event_tags")
    and "partition" in AssetCheckExecutionsTable.c
    and hasattr(AssetCheckEvaluation, "partition")
)
MIRRORED = {*ASSET_EVENTS, *ASSET_CHECK_EVENTS, *EVENT_TYPE_TO_PIPELINE_RUN_STATUS}


class BatchedEventLogStorage(SqliteEventLogStorage):
    """The stock storage, written in batches."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._lock = threading.RLock()
        self._held: dict[str, db.Connection] = {}
        self._waiting: list[tuple[EventLogEntry, int | None]] = []
        self._next_id: int | None = None
        self._schema: dict[tuple[str, str], bool] = {}
        self._records: dict[AssetKey, AssetRecord] | None = None
        timestamp = cast("Callable[[EventLogEntry], datetime]", self._event_insert_timestamp)  # pyright: ignore[reportUnknownMemberType]
        self._checks = CheckRows(timestamp, self.store_asset_check_event)
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> BatchedEventLogStorage:
        return cls(inst_data=inst_data, **config_value)

    def store_event(self, event: EventLogEntry) -> None:
        with self._lock:
            number = self._new_id() if event.dagster_event_type in MIRRORED else None
            self._waiting.append((event, number))
            self._remember(event, number)
            if len(self._waiting) >= MOST_WAITING:
                self._write()

    def _new_id(self) -> int:
        """The id of the next event in the index database, which no other process writes until the commit."""
        if self._next_id is None:
            connection = self._connection(INDEX_SHARD_NAME)
            # A write that changes nothing takes the lock.
            connection.execute(db.text("update event_logs set id = id where false"))
            last = connection.execute(db.text("select max(id) from event_logs"))
            self._next_id = int(last.scalar() or 0)
        self._next_id += 1
        return self._next_id

    def _remember(self, event: EventLogEntry, number: int | None) -> None:
        """Keeps the latest records as true as the database will be."""
        happened = event.dagster_event
        if self._records is None or happened is None or happened.asset_key is None:
            return
        known = self._records.get(happened.asset_key)
        if known is None:
            self._records = None
        elif happened.event_type == DagsterEventType.ASSET_MATERIALIZATION:
            latest = EventLogRecord(cast("int", number), event)
            entry = replace(known.asset_entry, last_materialization_record=latest, last_run_id=event.run_id)
            self._records[happened.asset_key] = replace(known, asset_entry=entry)
        elif happened.event_type == DagsterEventType.ASSET_MATERIALIZATION_PLANNED:
            entry = replace(known.asset_entry, last_run_id=event.run_id)
            self._records[happened.asset_key] = replace(known, asset_entry=entry)

    def get_asset_records(self, asset_keys: Sequence[AssetKey] | None = None) -> Sequence[AssetRecord]:
        """As the stock storage; all are read once, then kept up to date."""
        with self._lock:
            if self._records is None:
                found = super().get_asset_records(None)
                self._records = {record.asset_entry.asset_key: record for record in found}
            if asset_keys is None:
                return list(self._records.values())
            wanted = dict.fromkeys(asset_keys)
            return [self._records[key] for key in wanted if key in self._records]

    @contextmanager
    def _connect(self, shard: str) -> Generator[db.Connection]:
        with self._lock:
            if self._waiting:
                self._write()
            yield self._connection(shard)

    def _connection(self, shard: str) -> db.Connection:
        return self._held.get(shard) or self._hold(shard)

    def _hold(self, shard: str) -> db.Connection:
        arguments = {"timeout": PATIENCE, "check_same_thread": False}
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

    def _write(self) -> None:
        """Everything that waits, in its order."""
        waiting, self._waiting = self._waiting, []
        by_run: dict[str, list[dict[str, Any]]] = {}
        mirrored: list[tuple[EventLogEntry, int, dict[str, Any]]] = []
        for event, number in waiting:
            row = self._event_to_row(event)
            by_run.setdefault(event.run_id, []).append(row)
            if number is not None:
                mirrored.append((event, number, row))
        for run_id, rows in by_run.items():
            self._connection(run_id).execute(SqlEventLogStorageTable.insert(), rows)
        if mirrored:
            self._write_index(mirrored)

    def _write_index(self, mirrored: Sequence[tuple[EventLogEntry, int, dict[str, Any]]]) -> None:
        index = self._connection(INDEX_SHARD_NAME)
        index.execute(
            SqlEventLogStorageTable.insert(), [{**row, "id": number} for _, number, row in mirrored]
        )
        assets = [
            (event, number) for event, number, _ in mirrored if event.dagster_event_type in ASSET_EVENTS
        ]
        self.store_asset_event_tags([event for event, _ in assets], [number for _, number in assets])
        self._write_asset_keys(index, assets)
        checks: list[Stored] = [
            (event, number, row["event"])
            for event, number, row in mirrored
            if event.dagster_event_type in ASSET_CHECK_EVENTS
        ]
        self._checks.write(index, checks)

    def _write_asset_keys(self, index: db.Connection, assets: Sequence[tuple[EventLogEntry, int]]) -> None:
        """The last state of each asset: what several events set is written once, what sets the same columns together."""
        states: dict[str, dict[str, Any]] = {}
        for event, number in assets:
            happened = event.get_dagster_event()
            if happened.asset_key is not None:
                values: Mapping[str, Any] = self._get_asset_entry_values(event, number, True)
                states.setdefault(happened.asset_key.to_string(), {}).update(values)
        rows = [{"asset_key": key, **state} for key, state in states.items() if state]
        for columns, same in groupby(rows, lambda row: tuple(row)):
            row = insert(AssetKeyTable)
            new = {column: row.excluded[column] for column in columns[1:]}
            index.execute(row.on_conflict_do_update(index_elements=["asset_key"], set_=new), list(same))

    def commit(self) -> None:
        """Writes everything to the disk and lets go of the databases."""
        with self._lock:
            if self._waiting:
                self._write()
            for held in self._held.values():
                held.commit()
                held.close()
                held.engine.dispose()
            self._held.clear()
            self._next_id, self._records = None, None
            self._checks.forget()

    def dispose(self) -> None:
        self.commit()
        super().dispose()

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
    """The instance of DAGSTER_HOME; with SQLite and a Dagster that allows it, its event log writes in batches.

    Raises:
        KeyError: DAGSTER_HOME is not set.
    """
    home = os.environ["DAGSTER_HOME"]
    stock = InstanceRef.from_dir(home)
    data = stock.event_storage_data
    if not SUPPORTED or data is None or data.class_name != SqliteEventLogStorage.__name__:
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
