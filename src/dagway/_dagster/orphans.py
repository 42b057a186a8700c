"""Runs whose code server is gone."""

# What the events of a run hold is private to Dagster, and in part without types.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Iterator, Mapping
from typing import Any, cast

from dagster import DagsterInstance, RunsFilter
from dagster._core.events import EngineEventData
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES

from dagway._dagster.process_start import since_epoch, start_ticks

#: Seconds in which a run whose server has ended has to tell its process.
UNTOLD = 60.0
#: Seconds that a server of which nothing is known has to report a run that has ended.
GRACE = 10.0
#: Seconds by which the clock of events may have been set while a run went on.
CLOCK = 60.0


class Orphan:
    """A run whose server is gone: it goes on; if it ends without telling, its failure is reported here.

    Args:
        is_over: whether it is known that its process has ended.
        patience: seconds between its end and the report: for its server, which may be there all the same.
    """

    def __init__(
        self, run_id: str, instance_ref: InstanceRef, *, is_over: bool = False, patience: float = 0.0
    ) -> None:
        self.run_id = run_id
        self._instance_ref = instance_ref
        self._pidfd: int | None = None
        self._is_over = is_over
        self._patience = patience
        self._due = time.monotonic() + (0.0 if is_over else UNTOLD)

    def interrupt(self) -> bool:
        """As cancelling does; False where its process is not known or gone."""
        if self._pidfd is None and not self._is_over:
            with DagsterInstance.from_ref(self._instance_ref) as instance:
                self._find(instance)
        if self._pidfd is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGINT)
            return True
        return False

    def goes_on(self) -> bool:
        """Whether its process is known, and has not ended."""
        return self._is_alive()

    def is_settled(self) -> bool:
        """Whether nothing more is to be done: the run has ended, and that is stored."""
        if self._is_alive():
            return False
        with DagsterInstance.from_ref(self._instance_ref) as instance:
            run = instance.get_run_by_id(self.run_id)
            if run is None or run.is_finished:
                return self._close()
            if self._pidfd is None and not self._is_over and self._find(instance):
                return False
            if time.monotonic() < self._due:
                return False
            instance.report_engine_event(
                f"The process of run {run.run_id} ended without reporting, after its code server had ended.",
                run,
                cls=Orphan,
            )
            instance.report_run_failed(run)
        return self._close()

    def _is_alive(self) -> bool:
        if self._pidfd is None or self._is_over:
            return False
        if not _has_ended(self._pidfd):
            return True
        self._note_end()
        return False

    def _find(self, instance: DagsterInstance) -> bool:
        """Looks for the process that the run told; whether it is there. Raises OSError where that cannot be seen now."""
        told = _told_process(instance, self.run_id)
        if told is None:
            return False
        self._pidfd = _open(*told)
        if self._pidfd is None:
            self._note_end()
        return self._pidfd is not None

    def _note_end(self) -> None:
        self._is_over = True
        self._due = time.monotonic() + self._patience

    def _close(self) -> bool:
        if self._pidfd is not None:
            os.close(self._pidfd)
            self._pidfd = None
        return True


def unfinished(runs: Mapping[str, InstanceRef]) -> list[Orphan]:
    """Those of the runs, by their ids, that are not over; asked once for each instance."""
    found: list[Orphan] = []
    for reference, here in _by_instance(runs):
        with DagsterInstance.from_ref(reference) as instance:
            filters = RunsFilter(run_ids=here, statuses=NOT_FINISHED_STATUSES)
            found += [Orphan(run.run_id, reference) for run in instance.get_runs(filters)]
    return found


def deleted(runs: Mapping[str, InstanceRef]) -> set[str]:
    """Those of the runs, by their ids, that their storage has no more; asked once for each instance."""
    found: set[str] = set()
    for reference, here in _by_instance(runs):
        with DagsterInstance.from_ref(reference) as instance:
            found.update(here)
            found -= {run.run_id for run in instance.get_runs(RunsFilter(run_ids=here))}
    return found


def _by_instance(runs: Mapping[str, InstanceRef]) -> Iterator[tuple[InstanceRef, list[str]]]:
    waiting = dict(runs)
    while waiting:
        reference = next(iter(waiting.values()))
        here = [run_id for run_id, other in waiting.items() if other == reference]
        yield reference, here
        for run_id in here:
            del waiting[run_id]


def _told_process(instance: DagsterInstance, run_id: str) -> tuple[int, float] | None:
    """The process that the run's first event names, and when it did: seconds since 1970."""
    for entry in instance.all_logs(run_id):
        event = entry.dagster_event
        data = event.event_specific_data if event is not None and event.is_engine_event else None
        if isinstance(data, EngineEventData) and "pid" in data.metadata:
            return int(cast("Any", data.metadata["pid"]).value), entry.timestamp
    return None


def _open(pid: int, told: float) -> int | None:
    """A descriptor of the process; None where it is gone, or its number is another process's by now.

    Raises:
        OSError: neither can be seen now, as where no descriptor is left.
    """
    with contextlib.suppress(ProcessLookupError, FileNotFoundError):
        pidfd = os.pidfd_open(pid)
        try:
            ticks = start_ticks(pid)
            if ticks is not None and since_epoch(ticks) <= told + CLOCK:
                found, pidfd = pidfd, None
                return found
        finally:
            if pidfd is not None:
                os.close(pidfd)
    return None


def _has_ended(pidfd: int) -> bool:
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(0))
