# Celery has no types.
# pyright: reportUnknownMemberType=false
"""A launcher that asks the workers of Celery for a run: a Redis of the test's own, and workers that are processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import dagster as dg
import pytest
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster_celery.launcher import CeleryRunLauncher
from dagster_celery.tags import DAGSTER_CELERY_TASK_ID_TAG
from processes import is_alive, until
from redis import Redis
from services import RedisServer

from dagway._dagster import celery_workers, watched_celery_launcher
from dagway._dagster.watched_celery_launcher import LOOKS, WatchedCeleryRunLauncher

pytestmark = [pytest.mark.integration, pytest.mark.slow]
HERE, ELSEWHERE = f"celery@{socket.gethostname()}", "celery@elsewhere"
#: In place of runs of Dagster: what begins, waits and ends is the same to a launcher.
TASKS = """\
import os
import time
from pathlib import Path

from celery import Celery

app = Celery("tasks")


@app.task(name="wait", track_started=True)
def wait(folder: str) -> int:
    begun = Path(folder, "begun")
    begun.with_suffix(".new").write_text(str(os.getpid()))
    begun.with_suffix(".new").rename(begun)
    while not Path(folder, "enough").exists():
        time.sleep(0.02)
    return 0
"""


@dataclass
class Bench:
    """An instance with the launcher, and a folder for the workers."""

    instance: dg.DagsterInstance
    folder: Path
    start: Callable[[str], subprocess.Popen[bytes]]

    @property
    def launcher(self) -> WatchedCeleryRunLauncher:
        launcher = self.instance.run_launcher
        assert isinstance(launcher, WatchedCeleryRunLauncher)
        return launcher

    def begin(self) -> tuple[dg.DagsterRun, int]:
        """A run that has begun, and its process."""
        task = str(uuid4())
        tags = {DAGSTER_CELERY_TASK_ID_TAG: task}
        run = self.instance.add_run(dg.DagsterRun("job", tags=tags, status=dg.DagsterRunStatus.STARTED))
        self.launcher.celery.send_task("wait", [str(self.folder)], task_id=task, queue="dagster")
        until(lambda: (self.folder / "begun").exists(), "the task")
        return run, int((self.folder / "begun").read_text())

    def look(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """What the launcher says of it now."""
        return self.launcher.check_run_worker_health(run)

    def looks(self, run: dg.DagsterRun) -> set[WorkerStatus]:
        """What it says at more looks than it takes to fail a run."""
        return {self.look(run).status for _ in range(LOOKS + 2)}

    def why(self, run: dg.DagsterRun) -> str:
        """For what reason it says that the run has failed, at last."""
        found = until(lambda: (one := self.look(run)).status == WorkerStatus.FAILED and one, "the failure")
        assert isinstance(found, CheckRunHealthResult)
        return found.msg or ""

    def answers(self, node: str) -> None:
        """Waits until the worker does."""
        asks = celery_workers.Workers(self.launcher.celery)

        def heard() -> bool:
            found = asks.heard(anew=True)
            return found is not None and node in found.nodes

        until(heard, f"the worker {node}")


@pytest.fixture
def bench(tmp_path: Path, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Generator[Bench]:
    """Each look asks the workers anew."""
    monkeypatch.setattr(celery_workers, "RECENT", 0.0)
    (tmp_path / "tasks.py").write_text(TASKS)
    addresses = {"CELERY_BROKER_URL": redis_server.url, "CELERY_RESULT_BACKEND": redis_server.url}
    started: list[subprocess.Popen[bytes]] = []

    def start(node: str) -> subprocess.Popen[bytes]:
        words = ("-Q", "dagster", "-c", "1", "-n", node, "-l", "warning", "--without-mingle")
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "tasks", "worker", *words],
            cwd=tmp_path,
            env={**os.environ, **addresses},
            start_new_session=True,
        )
        started.append(process)
        return process

    launcher: dict[str, Any] = {
        "module": "dagway._dagster.watched_celery_launcher",
        "class": "WatchedCeleryRunLauncher",
        "config": {"broker": redis_server.url, "backend": redis_server.url},
    }
    with dg.instance_for_test({"run_launcher": launcher}) as instance:
        yield Bench(instance, tmp_path, start)
    for process in started:
        kill_all(process)


def kill_all(worker: subprocess.Popen[bytes]) -> None:
    """Kills the worker and all that it has started, as a machine's end does."""
    with suppress(ProcessLookupError):
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


class Sent:
    """In place of a task's signature: what is stored of the run's task when it is sent."""

    def __init__(self, instance: dg.DagsterInstance, run: str) -> None:
        self._instance, self._run = instance, run
        self.task_id, self.stored = "", ""

    def set(self, task_id: str) -> Sent:
        """As Celery's."""
        self.task_id = task_id
        return self

    def apply_async(self, **_options: object) -> Sent:
        """As Celery's."""
        found = self._instance.get_run_by_id(self._run)
        assert found is not None
        self.stored = found.tags.get(DAGSTER_CELERY_TASK_ID_TAG, "")
        return self


def test_a_task_can_be_asked_for_before_it_is_sent(bench: Bench) -> None:
    # A private name of dagster-celery's: without it the launcher would store it after.
    assert "_launch_celery_task_run" in vars(CeleryRunLauncher)
    run = bench.instance.add_run(dg.DagsterRun("job"))
    sent = Sent(bench.instance, run.run_id)
    bench.launcher._launch_celery_task_run(run, sent, "execute_job")  # pyright: ignore[reportPrivateUsage]
    assert sent.stored == sent.task_id != ""


def test_a_run_whose_result_is_lost_goes_on(bench: Bench, redis_server: RedisServer) -> None:
    bench.start(ELSEWHERE)
    run, _ = bench.begin()
    assert bench.looks(run) == {WorkerStatus.RUNNING}
    with Redis(port=redis_server.port) as redis:
        assert redis.delete(f"celery-task-meta-{run.tags[DAGSTER_CELERY_TASK_ID_TAG]}") == 1
        assert bench.looks(run) == {WorkerStatus.RUNNING}
        redis.flushall()
        assert bench.looks(run) == {WorkerStatus.RUNNING}


def test_a_broker_that_is_away_fails_no_run(bench: Bench, redis_server: RedisServer) -> None:
    bench.start(ELSEWHERE)
    run, _ = bench.begin()
    redis_server.stop()
    assert bench.looks(run) == {WorkerStatus.RUNNING}
    # Nobody could be asked to end it: it is not said to be ending.
    assert not bench.launcher.terminate(run.run_id)
    assert status(bench, run) == dg.DagsterRunStatus.STARTED
    redis_server.start()
    assert bench.looks(run) == {WorkerStatus.RUNNING}
    bench.answers(ELSEWHERE)
    assert bench.looks(run) == {WorkerStatus.RUNNING}


def test_a_machine_that_is_gone(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched_celery_launcher, "SILENCE", 4.0)
    worker = bench.start(ELSEWHERE)
    run, _ = bench.begin()
    assert bench.look(run).status == WorkerStatus.RUNNING
    kill_all(worker)
    assert bench.look(run).status == WorkerStatus.RUNNING
    assert f"its worker {ELSEWHERE} has not answered" in bench.why(run)


def test_a_machine_that_is_gone_with_the_result(
    bench: Bench, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched_celery_launcher, "SILENCE", 4.0)
    worker = bench.start(ELSEWHERE)
    run, _ = bench.begin()
    kill_all(worker)
    with Redis(port=redis_server.port) as redis:
        redis.flushall()
    assert "no worker has had it" in bench.why(run)


def test_a_run_ends_with_its_worker(bench: Bench) -> None:
    worker = bench.start(HERE)
    run, process = bench.begin()
    worker.kill()
    worker.wait()
    until(lambda: not is_alive(process), "the end of the run's process")
    bench.start(HERE)
    assert f"the worker {HERE} does not have it any more" in bench.why(run)


def test_a_task_that_is_over_and_its_run_is_not(bench: Bench) -> None:
    bench.start(HERE)
    run, _ = bench.begin()
    (bench.folder / "enough").touch()
    assert "its task is over" in bench.why(run)


def test_a_run_that_is_killed_is_failed_at_once(bench: Bench) -> None:
    bench.start(ELSEWHERE)
    run, process = bench.begin()
    os.kill(process, signal.SIGKILL)
    assert "SIGKILL" in bench.why(run)


def status(bench: Bench, run: dg.DagsterRun) -> dg.DagsterRunStatus:
    """That of the run, as it is stored."""
    found = bench.instance.get_run_by_id(run.run_id)
    assert found is not None
    return found.status
