"""The code server, as a deployment uses it: real processes, launched by the stock run launcher."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterRunStatus
from processes import descendants, is_alive, until
from served_location import ServedLocation, served_location

pytestmark = [pytest.mark.integration, pytest.mark.slow]

CODE = """
import os, time
import dagster as dg, dagway

LOADED_BY = os.getpid()

@dg.asset
def first() -> dict:
    grandparent = int(open(f"/proc/{os.getppid()}/stat").read().rpartition(")")[2].split()[1])
    return {"pid": os.getpid(), "parent": os.getppid(), "loaded_by": LOADED_BY, "grandparent": grandparent}

@dg.asset
def second(first: dict) -> dict:
    return {"pid": os.getpid(), "parent": os.getppid(), "loaded_by": LOADED_BY, "first": first}

@dg.asset
def dies():
    os.kill(os.getpid(), 9)

@dg.asset
def waits():
    open(f"waits-{os.getpid()}", "w").close()
    time.sleep(600)

defs = dg.Definitions(
    [first, second, dies, waits],
    executor=dagway.warm_executor,
    jobs=[
        dg.define_asset_job("both", [first, second]),
        dg.define_asset_job("first_job", [first]),
        dg.define_asset_job("dies_job", [first, dies]),
        dg.define_asset_job("waits_job", [waits]),
    ],
)
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedLocation]:
    with served_location(tmp_path_factory.mktemp("location"), CODE) as found:
        yield found


def value(running: ServedLocation, asset: str) -> dict[str, int]:
    import pickle

    return pickle.loads((Path(running.instance.storage_directory()) / asset).read_bytes())


def test_run_and_steps_fork_from_the_image(running: ServedLocation) -> None:
    run_id = running.launch("both")
    assert running.finish(run_id).status == DagsterRunStatus.SUCCESS
    first, second = value(running, "first"), value(running, "second")
    assert first["pid"] != second["pid"]
    # A run of several steps forks them from an image of itself.
    assert first["parent"] == second["parent"]
    assert first["grandparent"] == pid_of(running, run_id)
    # The definitions were loaded in the server, before the image was forked from it: once.
    assert first["loaded_by"] == second["loaded_by"] not in {first["pid"], second["pid"]}
    assert first["loaded_by"] == parent(running.image())


def test_the_only_step_of_a_run_forks_from_the_image_of_the_definitions(running: ServedLocation) -> None:
    assert running.finish(running.launch("first_job")).status == DagsterRunStatus.SUCCESS
    assert value(running, "first")["parent"] == running.image()


def test_a_step_that_is_killed_fails_as_that_step(running: ServedLocation) -> None:
    run_id = running.launch("dies_job")
    assert running.finish(run_id).status == DagsterRunStatus.FAILURE
    kinds = running.kinds(run_id)
    assert kinds.count("STEP_FAILURE") == 1
    assert kinds.count("STEP_SUCCESS") == 1
    assert any("was terminated by signal 9" in (entry.message or "") for entry in running.events(run_id))


def test_a_run_is_cancelled(running: ServedLocation) -> None:
    run_id = running.launch("waits_job")
    until(lambda: "STEP_START" in running.kinds(run_id), "the step")
    running.instance.run_launcher.terminate(run_id)
    assert running.finish(run_id).status == DagsterRunStatus.CANCELED
    until(lambda: not descendants(running.image()), "no process is left")


def test_steps_end_with_a_run_that_is_killed(running: ServedLocation) -> None:
    run_id = running.launch("waits_job")
    until(lambda: "STEP_START" in running.kinds(run_id), "the step")
    process = running.context.instance.get_run_by_id(run_id)
    assert process is not None
    pids = [
        int(entry.message.partition("pid: ")[2].partition(")")[0])
        for entry in running.events(run_id)
        if "Started process for run" in (entry.message or "")
    ]
    os.kill(pids[0], signal.SIGKILL)
    assert running.finish(run_id).status == DagsterRunStatus.FAILURE
    until(lambda: not descendants(running.image()), "no process is left")
    assert is_alive(running.image())


def pid_of(running: ServedLocation, run_id: str) -> int:
    """The run's process, as its first event tells it."""
    messages = [entry.message or "" for entry in running.events(run_id)]
    return next(
        int(text.partition("pid: ")[2].partition(")")[0])
        for text in messages
        if "Started process for run" in text
    )


def waiting_run(running: ServedLocation) -> tuple[str, int]:
    """A run whose step waits, and its process."""
    run_id = running.launch("waits_job")
    until(lambda: "STEP_START" in running.kinds(run_id), "the step")
    return run_id, pid_of(running, run_id)


def test_an_image_that_is_killed_leaves_its_runs_alone_and_is_replaced(running: ServedLocation) -> None:
    image = running.image()
    run_id, pid = waiting_run(running)
    os.kill(image, signal.SIGKILL)
    until(lambda: running.image() != image, "another image")
    assert is_alive(pid)
    assert running.run(run_id).status == DagsterRunStatus.STARTED
    again = running.launch("both")
    assert running.finish(again).status == DagsterRunStatus.SUCCESS
    assert value(running, "first")["loaded_by"] == parent(running.image())
    running.instance.run_launcher.terminate(run_id)
    assert running.finish(run_id).status == DagsterRunStatus.CANCELED
    until(lambda: not is_alive(pid) and pid not in descendants(running.server.pid), "the run is reaped")


def test_a_code_server_that_is_killed_is_started_again_and_its_runs_can_be_cancelled(
    running: ServedLocation,
) -> None:
    image = running.image()
    run_id, pid = waiting_run(running)
    os.kill(parent(image), signal.SIGKILL)
    # A launch that comes meanwhile waits for the next server.
    assert running.finish(running.launch("first_job")).status == DagsterRunStatus.SUCCESS
    assert running.image() != image
    assert is_alive(pid)
    running.instance.run_launcher.terminate(run_id)
    assert running.finish(run_id).status == DagsterRunStatus.CANCELED
    until(lambda: image not in descendants(running.server.pid), "the old image is gone")


def test_a_run_that_dies_after_its_server_and_image_is_reported(running: ServedLocation) -> None:
    image = running.image()
    run_id, pid = waiting_run(running)
    for victim in (parent(image), image, pid):
        os.kill(victim, signal.SIGKILL)
    assert running.finish(run_id).status == DagsterRunStatus.FAILURE
    until(lambda: running.image() != image, "another image")


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


#: The code server, for which what others take a minute for is a matter of seconds.
IMPATIENT = """
import sys
from dagway._dagster import pulse
from dagway.cli.main import main
pulse.HANGING, pulse.PAUSE = 8.0, 4.0
sys.exit(main(["code-server", *sys.argv[1:]]))
"""


def test_a_server_that_hangs_is_killed_and_another_one_serves(tmp_path: Path) -> None:
    with served_location(tmp_path, CODE, command=["-c", IMPATIENT]) as running:
        image = running.image()
        run_id, pid = waiting_run(running)
        hanging = parent(image)
        os.kill(hanging, signal.SIGSTOP)
        until(lambda: running.image() != image, "another image")
        assert "The code server behind this one has not answered for" in running.output()
        assert not is_alive(hanging)
        assert running.finish(running.launch("first_job")).status == DagsterRunStatus.SUCCESS
        # The run of the one that hung goes on.
        assert is_alive(pid)
        assert running.run(run_id).status == DagsterRunStatus.STARTED
        running.instance.run_launcher.terminate(run_id)
        assert running.finish(run_id).status == DagsterRunStatus.CANCELED
