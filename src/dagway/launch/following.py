"""Follows a run's process to its end, has it cancelled where that is wanted, and sees that the run is over when it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from dagster import DagsterInstance, DagsterRunStatus

from dagway._dagster.launching import RunProcess
from dagway.launch.control import Control
from dagway.launch.events import Log
from dagway.launch.saying import RunEnded, Saying

#: Seconds between two looks at the log: after news, and at most where none comes.
INTERVAL, LONGEST = 0.04, 0.5
_NOT_BEGUN = {DagsterRunStatus.NOT_STARTED, DagsterRunStatus.STARTING}


@dataclass
class Follower:
    """One run and its process."""

    instance: DagsterInstance
    run_id: str
    process: RunProcess
    log: Log
    control: Control
    tell: Callable[[Saying], None]
    _asked: bool = False

    def follow(self) -> None:
        """Returns when the run is over and all of it is told."""
        pause = INTERVAL
        while not self.process.is_over:
            pause = INTERVAL if self._look() else min(pause * 1.3, LONGEST)
            self.control.wait([self.process.sentinel], pause)
            if self.control.cancelled and not self._asked:
                self._cancel()
            if self.control.forced:
                self.process.kill()
        self._settle()
        self._look()
        run = self.instance.get_run_by_id(self.run_id)
        # A run that somebody deleted meanwhile has failed, as far as this launch is concerned.
        status = run.status.value if run else DagsterRunStatus.FAILURE.value
        self.tell(RunEnded(self.run_id, status, time.time()))

    def _look(self) -> bool:
        """Tells what is new; whether there was anything."""
        news = False
        for event in self.log.news():
            self.tell(event)
            news = True
        return news

    def _cancel(self) -> None:
        self._asked = True
        run = self.instance.get_run_by_id(self.run_id)
        if run is None or run.is_finished:
            return
        if run.status in _NOT_BEGUN:
            # It would take a run that is being cancelled for one that was started twice.
            self.process.kill()
            return
        self.instance.report_run_canceling(run)
        self.process.interrupt()

    def _settle(self) -> None:
        """A run whose process has ended without saying so."""
        run = self.instance.get_run_by_id(self.run_id)
        if run is None or run.is_finished:
            return
        if self._asked:
            self.instance.report_run_canceled(run)
            return
        why = self.process.said() or f"The process of run {self.run_id} {self.process.ending}."
        self.instance.report_run_failed(run, why)
