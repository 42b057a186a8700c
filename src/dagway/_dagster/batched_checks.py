"""The rows of check results in Dagster's event log, many in one statement: as the stock storage would write them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, cast

import sqlalchemy as db
from dagster import AssetCheckEvaluation, DagsterEventType, EventLogEntry
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable

#: An event, its id in the index database, and itself as the text that is stored.
Stored = tuple[EventLogEntry, int, str]
#: What a planned check and its result have in common: asset, check, run, partition.
Planned = tuple[str, str, str, str | None]


@dataclass
class CheckRows:
    """Check events of one process that alone writes the database until its commit.

    Attributes:
        timestamp: an event's time as the storage writes it.
        one_by_one: writes a single event as the stock storage does, for what was planned by no event seen here.
    """

    timestamp: Callable[[EventLogEntry], datetime]
    one_by_one: Callable[[EventLogEntry, int], None]
    _ids: dict[Planned, int] = field(default_factory=dict[Planned, int])
    _last_id: int | None = None

    def forget(self) -> None:
        """After a commit others may write: nothing that was read before holds."""
        self._ids.clear()
        self._last_id = None

    def write(self, index: db.Connection, events: Sequence[Stored]) -> None:
        """The events in their order: each stretch of one kind is one statement."""
        for kind, stretch in groupby(events, lambda stored: stored[0].dagster_event_type):
            if kind == DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED:
                self._plan(index, list(stretch))
            else:
                self._evaluate(index, list(stretch))

    def _plan(self, index: db.Connection, events: Sequence[Stored]) -> None:
        if self._last_id is None:
            self._last_id = int(
                index.execute(db.select(db.func.max(AssetCheckExecutionsTable.c.id))).scalar() or 0
            )
        rows = [row for stored in events for row in self._planned(*stored)]
        index.execute(AssetCheckExecutionsTable.insert(), rows)

    def _planned(self, event: EventLogEntry, number: int, text: str) -> Iterator[dict[str, Any]]:
        planned: Any = cast("Any", event.dagster_event).event_specific_data
        subset = planned.partitions_subset
        for partition in subset.get_partition_keys() if subset else [None]:
            assert self._last_id is not None
            self._last_id += 1
            key = planned.asset_key.to_string()
            self._ids[key, planned.check_name, event.run_id, partition] = self._last_id
            yield {
                "id": self._last_id,
                "asset_key": key,
                "check_name": planned.check_name,
                "partition": partition,
                "run_id": event.run_id,
                "execution_status": AssetCheckExecutionRecordStatus.PLANNED.value,
                "evaluation_event": text,
                "evaluation_event_timestamp": self.timestamp(event),
                "evaluation_event_storage_id": number,
            }

    def _evaluate(self, index: db.Connection, events: Sequence[Stored]) -> None:
        table, rows = AssetCheckExecutionsTable, list[dict[str, Any]]()
        for event, number, text in events:
            evaluation = cast("AssetCheckEvaluation", cast("Any", event.dagster_event).event_specific_data)
            row_id = self._ids.get(_of(evaluation, event.run_id))
            if row_id is None:
                self.one_by_one(event, number)
                # It may have taken the next id: ask for the last one again.
                self._last_id = None
            else:
                rows.append({"row_id": row_id, **self._evaluated(evaluation, event, number, text)})
        if rows:
            index.execute(table.update().where(table.c.id == db.bindparam("row_id")), rows)

    def _evaluated(
        self, evaluation: AssetCheckEvaluation, event: EventLogEntry, number: int, text: str
    ) -> dict[str, Any]:
        status, target = AssetCheckExecutionRecordStatus, evaluation.target_materialization_data
        return {
            "execution_status": (status.SUCCEEDED if evaluation.passed else status.FAILED).value,
            "evaluation_event": text,
            "evaluation_event_timestamp": self.timestamp(event),
            "evaluation_event_storage_id": number,
            "materialization_event_storage_id": target.storage_id if target else None,
        }


def _of(evaluation: AssetCheckEvaluation, run_id: str) -> Planned:
    return evaluation.asset_key.to_string(), evaluation.check_name, run_id, evaluation.partition
