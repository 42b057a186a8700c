"""Runs whose code server is gone."""

# What the events of a run hold is private to Dagster, and in part without types.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Mapping
from typing import Any, cast

from dagster import DagsterInstance, RunsFilter
from dagster._core.events import EngineEventData
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES

#: Seconds in which a run whose server has ended has to tell its process.
UNTOLD = 60.0


class Orphan:
    """A run whose server is gone: it goes on; if it ends without telling, its failure is reported here."""

    def __init__(self, run_id: str, instance_ref: InstanceRef) -> None:
        self.run_id = run_id
        self._instance_ref = instance_ref
        self._pidfd: int | None = None
        self._since = time.monotonic()

    def interrupt(self) -> bool:
        """As cancelling does; False where its process is not known or gone."""
        if self._pidfd is None:
            with DagsterInstance.from_ref(self._instance_ref) as instance:
                self._find(instance)
        if self._pidfd is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGINT)
            return True
        return False

    def is_settled(self) -> bool:
        """Whether nothing more is to be done: the run has ended, and that is stored."""
        if self._pidfd is not None and not _has_ended(self._pidfd):
            return False
        with DagsterInstance.from_ref(self._instance_ref) as instance:
            run = instance.get_run_by_id(self.run_id)
            if run is None or run.is_finished:
                return self._close()
            if self._pidfd is None and self._find(instance):
                return False
            if self._pidfd is None and time.monotonic() - self._since < UNTOLD:
                return False
            instance.report_engine_event(
                f"The process of run {run.run_id} ended without reporting, after its code server had ended.",
                run,
                cls=Orphan,
            )
            instance.report_run_failed(run)
        return self._close()

    def _find(self, instance: DagsterInstance) -> bool:
        """Looks for the process that the run told; one that is gone already counts as unknown for no longer."""
        pid = _told_pid(instance, self.run_id)
        if pid is None:
            return False
        try:
            self._pidfd = os.pidfd_open(pid)
        except OSError:
            self._since = float("-inf")
            return False
        return True

    def _close(self) -> bool:
        if self._pidfd is not None:
            os.close(self._pidfd)
            self._pidfd = None
        return True


def unfinished(runs: Mapping[str, InstanceRef]) -> list[Orphan]:
    """Those of the runs, by their ids, that are not over; asked once for each instance."""
    found: list[Orphan] = []
    waiting = dict(runs)
    while waiting:
        reference = next(iter(waiting.values()))
        here = [run_id for run_id, other in waiting.items() if other == reference]
        with DagsterInstance.from_ref(reference) as instance:
            filters = RunsFilter(run_ids=here, statuses=NOT_FINISHED_STATUSES)
            found += [Orphan(run.run_id, reference) for run in instance.get_runs(filters)]
        for run_id in here:
            del waiting[run_id]
    return found


def _told_pid(instance: DagsterInstance, run_id: str) -> int | None:
    """The process that the run's first event names."""
    for entry in instance.all_logs(run_id):
        event = entry.dagster_event
        data = event.event_specific_data if event is not None and event.is_engine_event else None
        if isinstance(data, EngineEventData) and "pid" in data.metadata:
            return int(cast("Any", data.metadata["pid"]).value)
    return None


def _has_ended(pidfd: int) -> bool:
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(0))
