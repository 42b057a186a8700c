"""A launcher that asks Ray's job server for a run; the server is a stand-in, which can answer badly."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import dagster as dg
import pytest
from dagster._core.launcher import WorkerStatus

from dagway._dagster import watched_ray_launcher
from dagway._dagster.watched_ray_launcher import WatchedRayRunLauncher

pytestmark = pytest.mark.integration
_VERSION = {"version": "4", "ray_version": "2.60.0", "ray_commit": ""}


class JobServer(ThreadingHTTPServer):
    """Answers for every job the same: its status, or an error where that is empty."""

    status = "RUNNING"


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """The version, or a job."""
        assert isinstance(self.server, JobServer)
        job = {"type": "SUBMISSION", "status": self.server.status, "entrypoint": "dagster"}
        is_job = self.path.startswith("/api/jobs/")
        self.send_response(500 if is_job and not self.server.status else 200)
        self.end_headers()
        self.wfile.write(json.dumps(job if is_job else _VERSION).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""


@pytest.fixture
def server() -> Generator[JobServer]:
    with JobServer(("127.0.0.1", 0), _Answers) as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield found
        found.shutdown()


@pytest.fixture
def instance(server: JobServer) -> Generator[dg.DagsterInstance]:
    launcher: dict[str, Any] = {
        "module": "dagway._dagster.watched_ray_launcher",
        "class": "WatchedRayRunLauncher",
        "config": {"ray": {"address": f"http://127.0.0.1:{server.server_port}"}},
    }
    with dg.instance_for_test({"run_launcher": launcher}) as found:
        yield found


def of(instance: dg.DagsterInstance) -> WatchedRayRunLauncher:
    """Its launcher."""
    assert isinstance(instance.run_launcher, WatchedRayRunLauncher)
    return instance.run_launcher


def test_bad_answers_end_no_run_before_a_while(
    instance: dg.DagsterInstance, server: JobServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = instance.add_run(dg.DagsterRun("job", status=dg.DagsterRunStatus.STARTED))
    server.status = ""
    assert {of(instance).check_run_worker_health(run).status for _ in range(5)} == {WorkerStatus.RUNNING}
    monkeypatch.setattr(watched_ray_launcher, "SILENCE", 0.0)
    found = of(instance).check_run_worker_health(run)
    assert found.status == WorkerStatus.UNKNOWN
    assert "500" in (found.msg or "")
    server.status = "RUNNING"
    assert of(instance).check_run_worker_health(run).status == WorkerStatus.RUNNING
    server.status = "STOPPED"
    assert of(instance).check_run_worker_health(run).status == WorkerStatus.FAILED


def test_a_job_server_that_is_away_cancels_nothing(instance: dg.DagsterInstance, server: JobServer) -> None:
    run = instance.add_run(dg.DagsterRun("job", status=dg.DagsterRunStatus.STARTED))
    assert of(instance).check_run_worker_health(run).status == WorkerStatus.RUNNING
    server.shutdown()
    server.server_close()
    assert not of(instance).terminate(run.run_id)
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    assert found.status == dg.DagsterRunStatus.STARTED
