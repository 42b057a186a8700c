"""Evaluations of checks, each once, from every event log that Dagster has.

Dagster's default log keeps a file for each run: its events have no number across runs, and are found by when their run
last changed its state. So a look goes back further than the last one, and leaves out what was seen.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import dagster as dg

OVERLAP = 3600.0
"""Seconds by which a look goes back behind the latest event that was seen."""

KIND = dg.DagsterEventType.ASSET_CHECK_EVALUATION


@dataclass(frozen=True)
class Seen:
    """How far a sensor has looked.

    Attributes:
        id: the highest number of an event, where the log numbers events across runs.
        first, latest: seconds since the epoch, of the first look and of the latest event.
        recent: events within the overlap → their time.
    """

    id: int
    first: float
    latest: float
    recent: Mapping[str, float] = field(default_factory=dict[str, float])

    @classmethod
    def nothing(cls, instance: dg.DagsterInstance) -> Seen:
        """The state of a first look: all that happened before it counts as seen."""
        last = _records(instance, dg.EventRecordsFilter(event_type=KIND), limit=1)
        now = time.time()
        return cls(max((record.storage_id for record in last), default=0), now, now)

    @classmethod
    def of(cls, cursor: str) -> Seen:
        return cls(**json.loads(cursor))

    def cursor(self) -> str:
        return json.dumps({"id": self.id, "first": self.first, "latest": self.latest, "recent": self.recent})

    def since(self) -> float:
        return max(self.first, self.latest - OVERLAP)

    def plus(self, record: dg.EventLogRecord) -> Seen:
        latest = max(self.latest, record.event_log_entry.timestamp)
        recent = {**self.recent, _name(record): record.event_log_entry.timestamp}
        kept = {name: at for name, at in recent.items() if at > latest - OVERLAP}
        return Seen(max(self.id, record.storage_id), self.first, latest, kept)


def after(instance: dg.DagsterInstance, seen: Seen) -> list[dg.EventLogRecord]:
    """Evaluations that were not seen yet, oldest first."""
    start = seen.since()
    cursor = dg.RunShardedEventsCursor(
        id=seen.id, run_updated_after=datetime.fromtimestamp(start - OVERLAP, UTC)
    )
    wanted = dg.EventRecordsFilter(event_type=KIND, after_cursor=cursor, after_timestamp=start)
    records = [record for record in _records(instance, wanted) if _name(record) not in seen.recent]
    return sorted(records, key=lambda record: record.event_log_entry.timestamp)


def _records(
    instance: dg.DagsterInstance, wanted: dg.EventRecordsFilter, limit: int | None = None
) -> Sequence[dg.EventLogRecord]:
    """Records of the event log, newest first. The instance's own method of that name is deprecated, and what replaces it
    fetches materializations, observations and states of runs, but no checks: the log itself is asked."""
    return instance.event_log_storage.get_event_records(wanted, limit)


def _name(record: dg.EventLogRecord) -> str:
    entry = record.event_log_entry
    evaluation: Any = entry.dagster_event.event_specific_data if entry.dagster_event else None
    return f"{entry.run_id} {entry.timestamp} {evaluation.asset_key.to_user_string()} {evaluation.check_name}"
