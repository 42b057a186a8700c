# Redis has types in part.
# pyright: reportUnknownMemberType=false
"""Runs under way on workers of Celery while worker, run or Redis goes."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from processes import descendants, until
from redis import Redis
from served_platform import Platform, project, up
from services import RedisServer

from dagway.platform.probe import ask
from dagway.platform.under_way import cancel

pytestmark = [pytest.mark.integration, pytest.mark.slow]
_RUNS = "{ runsOrError { ... on Runs { results { runId } } } }"


@contextmanager
def under_way(folder: Path, redis_server: RedisServer, runs: str) -> Generator[tuple[Platform, str]]:
    """A platform whose runs go to workers, and a run that is in its step."""
    project(folder)
    (folder / "platform.yaml").write_text(
        f"platform: 1\nruns: {{engine: celery, look_every: 1s, most: 1, {runs}}}\n"
    )
    broker = {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(redis_server.port)}
    with up(folder, environment=broker) as platform:
        platform.until_up()
        platform.wait()
        run = platform.launch("long")
        platform.run_in_step()
        yield platform, run


def let_look(platform: Platform, run: str) -> None:
    """Waits until run monitoring has looked at the run a few times more."""
    log, looked = platform.folder / ".dagway/platform/logs/daemon.log", f"Checking run {run}"
    before = log.read_text().count(looked)
    until(lambda: log.read_text().count(looked) >= before + 6, "looks at the run")


def test_a_run_goes_on_while_redis_loses_all(tmp_path: Path, redis_server: RedisServer) -> None:
    with under_way(tmp_path, redis_server, "retries: 1") as (platform, run):
        with Redis(port=redis_server.port) as redis:
            redis.flushall()
        let_look(platform, run)
        redis_server.stop()
        until(lambda: platform.service("worker")["state"] == "unhealthy", "what the worker says")
        let_look(platform, run)
        redis_server.start()
        let_look(platform, run)
        assert platform.run_status(run) == "STARTED"
        platform.let_go()
        assert platform.end(run) == "SUCCESS"
        assert sum('Started execution of step "slow"' in one for one in platform.messages(run)) == 1
        platform.wait()
        assert platform.end(platform.launch("quick")) == "SUCCESS"
        # None was tried again.
        assert len(ask(platform.url, _RUNS)["runsOrError"]["results"]) == 2


def test_a_worker_that_is_killed_with_its_run(tmp_path: Path, redis_server: RedisServer) -> None:
    with under_way(tmp_path, redis_server, "retries: 0") as (platform, run):
        waits = platform.launch("quick")
        worker = platform.service("worker")["pid"]
        for pid in (worker, *descendants(worker)):
            os.kill(pid, signal.SIGKILL)
        assert platform.end(run) == "FAILURE"
        assert any("does not have it any more" in message for message in platform.messages(run))
        # Its slot is free.
        assert platform.end(waits) == "SUCCESS"


def test_a_run_that_is_cancelled(tmp_path: Path, redis_server: RedisServer) -> None:
    with under_way(tmp_path, redis_server, "cancel_within: 10m") as (platform, run):
        cancel(platform.url, run)
        assert platform.end(run) == "CANCELED"
        assert platform.end(platform.launch("quick")) == "SUCCESS"
