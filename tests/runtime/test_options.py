"""Options of a code server, and what a daemon does to its runs: the same on both sides, asked of real processes."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterRunStatus
from dagster._daemon.monitoring.run_monitoring import execute_run_monitoring_iteration
from dagster._grpc.client import DagsterGrpcClient, client_heartbeat_thread
from processes import is_alive, until
from served_location import SETTINGS, ServedLocation, served_location

pytestmark = [pytest.mark.integration, pytest.mark.slow]

COMMANDS = {
    "dagster api grpc": ("-m", "dagster", "api", "grpc"),
    "dagster code-server": ("-m", "dagster", "code-server", "start"),
    "dagway code-server": ("-m", "dagway", "code-server"),
}
STOCK, OURS = "dagster code-server", "dagway code-server"
#: Seconds without a heartbeat.
TIMEOUT = 6
MISSED = "No heartbeat received"
CODE = """
import os, time
from pathlib import Path
import dagster as dg, dagway

EXECUTOR = dagway.warm_executor if os.environ["SIDE"] == "dagway code-server" else dg.multiprocess_executor
AT_LOAD = os.environ.get("FROM_FILE")

@dg.op
def tells(context: dg.OpExecutionContext) -> None:
    context.log.info(f"loaded with {AT_LOAD}, runs with {os.environ.get('FROM_FILE')}")
    context.log.info(f"variables {sorted(name for name in os.environ if name.startswith('DAGSTER_'))}")

@dg.op
def waits(context: dg.OpExecutionContext) -> None:
    Path("there.new").write_text(str(os.getpid()))
    Path("there.new").rename("there")
    while not Path("go").exists():
        time.sleep(0.05)

@dg.job(executor_def=EXECUTOR)
def telling():
    tells()

@dg.job(executor_def=EXECUTOR)
def waiting():
    waits()

defs = dg.Definitions(jobs=[telling, waiting])
"""


@contextmanager
def serving(
    folder: Path, side: str, options: tuple[str, ...] = (), settings: str = SETTINGS
) -> Generator[ServedLocation]:
    place = folder / side.replace(" ", "_")
    place.mkdir()
    (place / ".env").write_text("FROM_FILE=here\n")
    with served_location(
        place,
        CODE,
        command=COMMANDS[side],
        options=options,
        settings=settings,
        environment={"SIDE": side},
    ) as found:
        yield found


def folder_of(served: ServedLocation) -> Path:
    return served.log.parent


def port_of(served: ServedLocation) -> int:
    words = Path(f"/proc/{served.server.pid}/cmdline").read_bytes().decode().split("\0")
    return int(words[words.index("--port") + 1])


def said(served: ServedLocation, run_id: str) -> list[str]:
    """What the op itself logged."""
    return [entry.user_message for entry in served.events(run_id) if entry.dagster_event is None]


def waiting_run(served: ServedLocation, **launch: Any) -> str:
    run_id = served.launch("waiting", **launch)
    until((folder_of(served) / "there").exists, "the step")
    return run_id


class CountingClient(DagsterGrpcClient):
    """Counts the heartbeats that were answered."""

    answered = 0

    def heartbeat(self, echo: str = "") -> str:
        answer = super().heartbeat(echo)
        self.answered += 1
        return answer


@contextmanager
def beating(port: int) -> Generator[CountingClient]:
    """Heartbeats, as a webserver sends them: one a second."""
    stop = threading.Event()
    client = CountingClient(port=port, host="localhost")
    thread = threading.Thread(target=client_heartbeat_thread, args=(client, stop))
    thread.start()
    try:
        yield client
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("side", COMMANDS)
def test_without_heartbeats_a_server_ends_once_its_runs_have(tmp_path: Path, side: str) -> None:
    with serving(tmp_path, side, ("--heartbeat", "--heartbeat-timeout", str(TIMEOUT))) as served:
        with beating(port_of(served)) as client:
            run_id = waiting_run(served)
            until(lambda: client.answered > TIMEOUT, "more heartbeats than seconds in which one is enough")
            assert MISSED not in served.output()
        # Nobody asks any more: it waits for the run, and no longer.
        until(lambda: MISSED in served.output(), "the end of its patience")
        assert served.server.poll() is None
        (folder_of(served) / "go").touch()
        assert served.finish(run_id).status == DagsterRunStatus.SUCCESS
        assert served.server.wait(120) == 0


@pytest.mark.parametrize("options", [("--inject-env-vars-from-instance",), ()])
def test_variables_of_the_instance_are_there_at_load_and_in_steps(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    """Dagster's reloading server injects them with and without its option."""
    found: dict[str, list[str]] = {}
    for side in (STOCK, OURS):
        with serving(tmp_path, side, (*options, "--location-name", "code")) as served:
            run_id = served.launch("telling")
            assert served.finish(run_id).status == DagsterRunStatus.SUCCESS
            found[side] = said(served, run_id)
    assert found[OURS] == found[STOCK]
    assert found[OURS][0] == "loaded with here, runs with here"


def test_image_and_context_of_the_container_reach_the_run(tmp_path: Path) -> None:
    context = {"k8s": {"namespace": "data"}, "env_vars": ["ONE=1"]}
    options = ("--container-image", "shop:3", "--container-context", json.dumps(context))
    found: dict[str, Any] = {}
    for side in (STOCK, OURS):
        with serving(tmp_path, side, options) as served:
            run_id = served.launch("telling")
            origin = served.finish(run_id).job_code_origin
            assert origin is not None
            repository = origin.repository_origin
            found[side] = (
                repository.container_image,
                repository.container_context,
                served.run(run_id).tags.get("dagster/image"),
            )
    assert found[OURS] == found[STOCK]
    assert found[OURS][:2] == ("shop:3", context)


MONITORING = (
    SETTINGS + "run_monitoring: {enabled: true, start_timeout_seconds: 1, cancel_timeout_seconds: 5}\n"
)


def monitor(served: ServedLocation) -> None:
    """What the daemon does every two minutes."""
    errors = [
        error
        for error in execute_run_monitoring_iteration(served.context, logging.getLogger("monitoring"))
        if error is not None
    ]
    assert errors == []


def outcome(served: ServedLocation, run_id: str) -> tuple[DagsterRunStatus, list[str]]:
    """The status, and the engine's words without what is chance."""
    words = [
        re.sub(r"\d+(\.\d+)?", "N", entry.message or "").replace(run_id, "RUN")
        for entry in served.events(run_id)
        if entry.dagster_event is not None and entry.dagster_event.event_type_value in ENDS
    ]
    return served.run(run_id).status, words


ENDS = {"PIPELINE_FAILURE", "PIPELINE_CANCELING", "PIPELINE_CANCELED", "STEP_FAILURE"}


def test_a_run_that_takes_too_long_is_ended_by_the_monitor(tmp_path: Path) -> None:
    found: dict[str, Any] = {}
    for side in (STOCK, OURS):
        with serving(tmp_path, side, settings=MONITORING) as served:
            limit = [{"key": "dagster/max_runtime", "value": "1"}]
            run_id = waiting_run(served, executionMetadata={"tags": limit})

            def is_over(served: ServedLocation = served, run_id: str = run_id) -> bool:
                monitor(served)
                return served.run(run_id).is_finished

            until(is_over, "the end of a run that takes too long")
            step = int((folder_of(served) / "there").read_text())
            until(lambda step=step: not is_alive(step), "the end of its step's process")
            found[side] = outcome(served, run_id)
    assert found[OURS] == found[STOCK]
    assert found[OURS][0] == DagsterRunStatus.FAILURE


def test_a_run_that_does_well_is_left_alone_by_the_monitor(tmp_path: Path) -> None:
    with serving(tmp_path, OURS, settings=MONITORING) as served:
        run_id = waiting_run(served)
        monitor(served)
        assert served.run(run_id).status == DagsterRunStatus.STARTED
        (folder_of(served) / "go").touch()
        assert served.finish(run_id).status == DagsterRunStatus.SUCCESS
