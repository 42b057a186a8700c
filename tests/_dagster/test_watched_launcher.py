"""A launcher that can tell whether a run's process is there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Generator
from typing import Any

import dagster as dg
import pytest
from dagster._core.events import EngineEventData
from dagster._core.launcher import WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG

from dagway._dagster.watched_launcher import WatchedRunLauncher

HERE = {"host": "localhost", "socket": "/tmp/one"}


@pytest.fixture
def instance() -> Generator[dg.DagsterInstance]:
    launcher: dict[str, Any] = {
        "module": "dagway._dagster.watched_launcher",
        "class": "WatchedRunLauncher",
        "config": {},
    }
    with dg.instance_for_test({"run_launcher": launcher}) as found:
        yield found


def told(instance: dg.DagsterInstance, pid: int | None, server: dict[str, str]) -> dg.DagsterRun:
    """A run that has told this process."""
    run = instance.add_run(dg.DagsterRun("job", tags={GRPC_INFO_TAG: json.dumps(server)}))
    if pid is not None:
        data = EngineEventData({"pid": dg.MetadataValue.text(str(pid))})
        instance.report_engine_event("Started process for run", run, data)
    return run


def health(instance: dg.DagsterInstance, run: dg.DagsterRun) -> WorkerStatus:
    """What the launcher says of it."""
    launcher = instance.run_launcher
    assert isinstance(launcher, WatchedRunLauncher)
    assert launcher.supports_check_run_worker_health
    return launcher.check_run_worker_health(run).status


def status(instance: dg.DagsterInstance, pid: int | None, server: dict[str, str]) -> WorkerStatus:
    """What the launcher says of a run that has told this process."""
    return health(instance, told(instance, pid, server))


def set_forward(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """As if processes had been started so much later by the clock."""

    def later(_ticks: int) -> float:
        return time.time() + seconds

    monkeypatch.setattr("dagway._dagster.watched_launcher.since_epoch", later)


def test_a_process_that_is_there(instance: dg.DagsterInstance) -> None:
    assert status(instance, os.getpid(), HERE) == WorkerStatus.RUNNING


def test_a_process_that_is_gone(instance: dg.DagsterInstance) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert status(instance, process.pid, HERE) == WorkerStatus.FAILED


def test_a_later_process_with_the_same_number(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_forward(monkeypatch, 3600)
    assert status(instance, os.getpid(), HERE) == WorkerStatus.FAILED


def test_a_clock_that_is_set_forward_fails_no_run(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = told(instance, os.getpid(), HERE)
    # A little, before the first look; then much.
    for seconds in (30, 3600):
        set_forward(monkeypatch, seconds)
        assert health(instance, run) == WorkerStatus.RUNNING


def test_what_cannot_be_known_counts_as_running(instance: dg.DagsterInstance) -> None:
    assert status(instance, None, HERE) == WorkerStatus.RUNNING
    assert status(instance, 1 << 22, {"host": "elsewhere", "port": "4000"}) == WorkerStatus.RUNNING
