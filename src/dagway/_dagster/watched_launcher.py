# What the events of a run hold is private to Dagster, and in part without types.
# pyright: reportUnknownMemberType=false
"""Dagster's default run launcher, which can tell whether a run's process is still there.

Run monitoring asks it; so a run that was killed together with everything that could have reported it is failed, and its slots
are freed.
"""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from typing import Any, cast

from dagster import DagsterEventType, DagsterRun
from dagster._core.events import EngineEventData
from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._serdes import ConfigurableClassData

from dagway._dagster.process_start import since_epoch, start_ticks

_HERE = {"localhost", "127.0.0.1", "::1"}
#: Seconds by which the clock may have been set between a process's word and the first look at it; then its start is known.
_SLACK = 60.0
#: Runs whose process is remembered.
_MOST = 10_000


class WatchedRunLauncher(DefaultRunLauncher):
    """For `run_launcher` in `dagster.yaml`."""

    def __init__(self, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(inst_data)
        self._processes: dict[str, _Process] = {}

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Yes."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Whether the process that the run has told is there. One on another machine counts as running."""
        process = self._process(run) if _is_here(run) else None
        if process is None or process.is_alive():
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(
            WorkerStatus.FAILED, f"process {process.pid} of the run is gone, and has not said why"
        )

    def _process(self, run: DagsterRun) -> _Process | None:
        """The process that the run named last."""
        found = self._processes.get(run.run_id)
        if found is not None:
            return found
        for entry in self._instance.all_logs(run.run_id, of_type=DagsterEventType.ENGINE_EVENT):
            event = entry.dagster_event
            is_own = event is not None and event.is_engine_event and not entry.step_key
            data = event.event_specific_data if event is not None and is_own else None
            if isinstance(data, EngineEventData) and "pid" in data.metadata:
                found = _Process.seen(int(cast("Any", data.metadata["pid"]).value), entry.timestamp)
        if found is not None:
            # Asked for each run every few seconds: those that have ended long ago are forgotten together.
            if len(self._processes) >= _MOST:
                self._processes.clear()
            self._processes[run.run_id] = found
        return found


@dataclass(frozen=True)
class _Process:
    """A process; `ticks` tells it from later ones of its number, and is None where it was gone at the first look."""

    pid: int
    ticks: int | None

    @classmethod
    def seen(cls, pid: int, told: float) -> _Process:
        """That of which a run has told, in seconds since the epoch; a later one may have got its number."""
        ticks = start_ticks(pid)
        return cls(pid, None if ticks is None or since_epoch(ticks) > told + _SLACK else ticks)

    def is_alive(self) -> bool:
        """Whether it is there; the clock is not asked."""
        return self.ticks is not None and start_ticks(self.pid) == self.ticks


def _is_here(run: DagsterRun) -> bool:
    """Whether the run's code server is on this machine: behind a socket, or at one of its own names."""
    server: dict[str, Any] = json.loads(run.tags.get(GRPC_INFO_TAG, "{}"))
    return bool(server) and ("socket" in server or server.get("host") in {*_HERE, socket.gethostname()})
