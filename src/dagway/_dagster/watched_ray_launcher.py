# dagster-ray has types in part.
# pyright: reportUnknownMemberType=false, reportUnknownParameterType=false, reportMissingParameterType=false
"""The run launcher of dagster-ray, to which one bad answer of the job server is not the end of a run."""

from __future__ import annotations

import time
from typing import Any

from dagster import DagsterRun
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster_ray import RayRunLauncher

#: Seconds for which the job server may not know a run's job before the run is failed.
SILENCE = 60.0
#: Runs that are remembered.
_MOST = 10_000


class WatchedRayRunLauncher(RayRunLauncher):
    """For `run_launcher` in `dagster.yaml`; configured as dagster-ray's."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._unknown: dict[str, float] = {}

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """What the job server says of the run's job. Run monitoring would fail at once what is unknown: here, after a while."""
        found = super().check_run_worker_health(run)
        if found.status != WorkerStatus.UNKNOWN:
            self._unknown.pop(run.run_id, None)
            return found
        if len(self._unknown) >= _MOST:
            self._unknown.clear()
        now = time.monotonic()
        if now - self._unknown.setdefault(run.run_id, now) >= SILENCE:
            return found
        return CheckRunHealthResult(WorkerStatus.RUNNING, found.msg)

    def terminate(self, run_id: str) -> bool:
        """Asks the run to end as cancelled; False where it is over, or the job server does not answer."""
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return False
        try:
            self.client.get_version()
        # Before anything is stored: a run that nobody can ask to end would be taken for cancelled, and go on.
        except (OSError, RuntimeError) as error:
            self._instance.report_engine_event(
                f"The run cannot be cancelled: Ray's job server does not answer ({error}).",
                run,
                cls=type(self),
            )
            return False
        return super().terminate(run_id)
