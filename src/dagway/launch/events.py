"""A run's event log as values of `saying`."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from dagster import DagsterEvent, DagsterEventType, DagsterInstance, EventLogEntry

from dagway.launch.failure import Raised, failure_of
from dagway.launch.saying import LOG, Failure, RunEvent

_MOST = 500
_LEVELS = {number: name for name, number in logging.getLevelNamesMapping().items() if name != "WARN"}


class Log:
    """The log of one run, read on from where it was left.

    Args:
        root: the project's folder, by which its own code is told apart.
    """

    def __init__(self, instance: DagsterInstance, run_id: str, root: str) -> None:
        self._instance, self._run_id, self._root = instance, run_id, root
        self._cursor: str | None = None

    def news(self) -> Iterator[RunEvent]:
        """What came since the last look."""
        more = True
        while more:
            page = self._instance.get_records_for_run(self._run_id, self._cursor, limit=_MOST)
            self._cursor, more = page.cursor, page.has_more
            for record in page.records:
                yield _event(record.event_log_entry, self._root)


def _event(entry: EventLogEntry, root: str) -> RunEvent:
    event = entry.dagster_event
    checked = (
        event.asset_check_evaluation_data
        if event and event.event_type == DagsterEventType.ASSET_CHECK_EVALUATION
        else None
    )
    key = checked.asset_key if checked else event.asset_key if event else None
    return RunEvent(
        run_id=entry.run_id,
        time=entry.timestamp,
        type=event.event_type_value if event else LOG,
        level=_LEVELS.get(entry.level, "INFO") if isinstance(entry.level, int) else entry.level.upper(),
        message=(event.message if event else entry.user_message) or "",
        step=entry.step_key or "",
        asset="/".join(key.path) if key else "",
        partition=(event.partition if event else None) or "",
        check=checked.check_name if checked else "",
        passed=checked.passed if checked else True,
        severity=checked.severity.value if checked else "",
        failure=_failure(event, entry.error_info, root),
    )


def _failure(event: DagsterEvent | None, logged: Any, root: str) -> Failure | None:
    error = logged or getattr(event.event_specific_data if event else None, "error", None)
    chain: list[Raised] = []
    while error is not None:
        chain.append(Raised(error.message, tuple(error.stack)))
        error = error.cause
    return failure_of(chain, root)
