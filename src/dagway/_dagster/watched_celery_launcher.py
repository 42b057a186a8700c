# Celery and dagster-celery have no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false
"""The run launcher of dagster-celery, which asks the workers for a run's health, not the results alone.

A result says that a run has begun for as long as it is kept, whatever became of the machine; and where Redis has lost it, or a run
takes longer than results are kept, nothing says that the run lives. The workers know: a run's process ends with its worker.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from dagster import DagsterRun
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster_celery.launcher import CeleryRunLauncher
from dagster_celery.tags import DAGSTER_CELERY_TASK_ID_TAG

from dagway._dagster.celery_workers import Heard, Workers

#: Looks at which a worker that answers does not have a run of its own before the run is failed: its last word may be under way.
LOOKS = 3
#: Seconds for which no worker has a run, and its own does not answer: more than Celery waits between two tries to reach a broker.
SILENCE = 60.0
#: Runs that are remembered.
_MOST = 10_000


class WatchedCeleryRunLauncher(CeleryRunLauncher):
    """For `run_launcher` in `dagster.yaml`; configured as dagster-celery's."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._workers = Workers(self.celery)
        self._nodes: dict[str, str] = {}
        self._absences: dict[str, _Absence] = {}

    def _launch_celery_task_run(self, run: DagsterRun, task_signature: Any, routing_key: str) -> None:
        # The task's name is stored before the task is sent: a daemon that is killed between the two leaves no run that lives and
        # that nobody can ask for.
        task = str(uuid4())
        self._instance.add_run_tags(run.run_id, {DAGSTER_CELERY_TASK_ID_TAG: task})
        super()._launch_celery_task_run(run, task_signature.set(task_id=task), routing_key)

    def terminate(self, run_id: str) -> bool:
        """Asks the run to end as cancelled; False where it is over, or nobody can be asked now."""
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return False
        task = run.tags.get(DAGSTER_CELERY_TASK_ID_TAG, "")
        heard = self._workers.heard(anew=True)
        if not task or heard is None:
            why = "the broker of Celery does not answer" if task else "it was not sent to a worker"
            self._instance.report_engine_event(f"The run cannot be cancelled: {why}.", run, cls=type(self))
            return False
        # First: a run that is interrupted looks whether somebody wanted it, and has failed if nobody did.
        self._instance.report_run_canceling(run)
        self.celery.control.revoke(task, terminate=True)
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Whether a worker has the run. What nobody can tell now counts as running; what workers do not tell, for a while."""
        task = run.tags.get(DAGSTER_CELERY_TASK_ID_TAG, "")
        told = self._told(task)
        if told.state == "FAILURE":
            return CheckRunHealthResult(WorkerStatus.FAILED, f"its task failed: {told.text}")
        heard = self._workers.heard()
        has = heard.tasks.get(task) if heard else None
        node = self._node(run, has or told.node)
        if heard is not None and has is None:
            return self._absent(run, node, heard, told)
        self._absences.pop(run.run_id, None)
        return CheckRunHealthResult(
            WorkerStatus.RUNNING, None if heard else "the broker of Celery does not answer"
        )

    def _absent(self, run: DagsterRun, node: str | None, heard: Heard, told: _Told) -> CheckRunHealthResult:
        """Of a run that no worker has."""
        if len(self._absences) >= _MOST:
            self._absences.clear()
        before = self._absences.get(run.run_id)
        absence = before.after(heard) if before else _Absence(heard.at, heard.at, 1)
        self._absences[run.run_id] = absence
        if absence.looks >= LOOKS and told.is_over:
            why = "its task is over, and the run has not said why"
        elif absence.looks >= LOOKS and node in heard.nodes:
            why = f"the worker {node} does not have it any more, and it has not said why"
        elif absence.looks >= LOOKS and absence.seconds >= SILENCE:
            silent = f"its worker {node} has not answered" if node else "no worker has had it"
            why = f"{silent} for {absence.seconds:.0f} s"
        else:
            return CheckRunHealthResult(WorkerStatus.RUNNING, "no worker says that it has the run")
        del self._absences[run.run_id]
        return CheckRunHealthResult(WorkerStatus.FAILED, why)

    def _told(self, task: str) -> _Told:
        """What the result says."""
        try:
            meta: dict[str, Any] = self.celery.backend.get_task_meta(task)
        # As for a broker: whatever it is, the result is not known.
        except Exception:
            return _Told("PENDING")
        found = meta.get("result")
        node = found.get("hostname") if isinstance(found, dict) else None
        return _Told(str(meta["status"]), str(node) if node else None, str(found))

    def _node(self, run: DagsterRun, node: str | None) -> str | None:
        """The worker that has the run, or had it at an earlier look."""
        if node is None:
            return self._nodes.get(run.run_id)
        if len(self._nodes) >= _MOST:
            self._nodes.clear()
        self._nodes[run.run_id] = node
        return node


@dataclass(frozen=True)
class _Told:
    """What is kept as a task's result."""

    state: str
    node: str | None = None
    text: str = ""

    @property
    def is_over(self) -> bool:
        """Whether the task has ended, and not by an error."""
        return self.state in {"SUCCESS", "REVOKED"}


@dataclass(frozen=True)
class _Absence:
    """Since when no worker has had a run, by the workers' answers."""

    first: float
    last: float
    looks: int

    @property
    def seconds(self) -> float:
        """How long."""
        return self.last - self.first

    def after(self, heard: Heard) -> _Absence:
        """With this answer too, if it is another one."""
        return _Absence(self.first, heard.at, self.looks + 1) if heard.at > self.last else self
