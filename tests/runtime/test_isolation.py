"""Nothing of one step or run is seen by another, and each finds what a process of its own would find."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterRunStatus
from processes import descendants, until
from served_location import SETTINGS, ServedLocation, served_location

pytestmark = [pytest.mark.integration, pytest.mark.slow]

#: Runs of each kind in which a descriptor that is left open would be seen.
ROUNDS = 4
CODE = """
import atexit, multiprocessing, os, pathlib, random, subprocess, sys, tempfile, threading
import dagster as dg, dagway, numpy, pandas

KEPT = tempfile.mkdtemp(prefix="kept-", dir=".")
atexit.register(os.rmdir, KEPT)
STATE = []

def look():
    STATE.append(1)
    os.environ["LEFT_BEHIND"] = "yes"
    os.chdir("/")
    return {
        "state": len(STATE),
        "random": random.random(),
        "numpy": float(numpy.random.rand()),
        "threads": threading.active_count(),
        "method": multiprocessing.get_start_method(),
        "kept": os.path.isdir(os.path.join(FOLDER, KEPT)),
        "stdin": sys.stdin.read(),
        "from_instance": os.environ.get("FROM_INSTANCE"),
        "descriptors": sorted(os.readlink(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd") if os.path.lexists(f"/proc/self/fd/{number}")),
    }

FOLDER = os.getcwd()

@dg.asset
def one():
    seen = {"left": os.environ.get("LEFT_BEHIND"), "folder": os.getcwd() == FOLDER, **look()}
    print("printed by one")
    subprocess.run(["echo", "printed by a program"])
    return seen

@dg.asset(deps=[one])
def two():
    return {"left": os.environ.get("LEFT_BEHIND"), "folder": os.getcwd() == FOLDER, **look()}

@dg.asset
def segfaults():
    import ctypes
    ctypes.string_at(0)

@dg.asset(retry_policy=dg.RetryPolicy(max_retries=1))
def dies_once(context):
    if context.retry_number == 0:
        os.kill(os.getpid(), 9)
    return context.retry_number

defs = dg.Definitions(
    [one, two, segfaults, dies_once],
    executor=dagway.warm_executor,
    jobs=[
        dg.define_asset_job("both", [one, two]),
        dg.define_asset_job("segfaults_job", [segfaults, one]),
        dg.define_asset_job("dies_once_job", [dies_once, one]),
    ],
)
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedLocation]:
    with served_location(tmp_path_factory.mktemp("location"), CODE, settings=SETTINGS) as found:
        yield found


def value(running: ServedLocation, asset: str) -> Any:
    return pickle.loads((Path(running.instance.storage_directory()) / asset).read_bytes())


def test_each_step_begins_where_a_process_of_its_own_would(running: ServedLocation) -> None:
    run_id = running.launch("both")
    assert running.finish(run_id).status == DagsterRunStatus.SUCCESS
    one, two = value(running, "one"), value(running, "two")
    assert (one["state"], two["state"]) == (1, 1)
    assert (one["left"], two["left"]) == (None, None)
    assert one["folder"]
    assert two["folder"]
    assert one["random"] != two["random"]
    assert one["numpy"] != two["numpy"]
    assert one["method"] == two["method"] == "spawn"
    assert one["stdin"] == ""
    # What the loading made is there until the server ends.
    assert one["kept"]
    assert two["kept"]


def test_a_step_holds_no_descriptor_of_the_image_or_of_its_run(running: ServedLocation) -> None:
    running.finish(running.launch("both"))
    names = value(running, "two")["descriptors"]
    # Its order to stop, and the pair of its own event loop.
    assert sum(name.startswith("socket:") for name in names) <= 3, names
    assert not any("pidfd" in name for name in names), names


def test_what_a_step_prints_is_captured_and_mirrored(running: ServedLocation) -> None:
    run_id = running.launch("both")
    running.finish(run_id)
    folder = Path(running.instance.storage_directory()) / run_id / "compute_logs"
    captured = "".join(path.read_text() for path in folder.glob("*.out"))
    assert "printed by one\n" in captured
    assert "printed by a program\n" in captured
    assert "printed by a program" in running.output()


def test_runs_leave_no_descriptor_in_the_processes_that_outlive_them(running: ServedLocation) -> None:
    image = running.image()
    servers = [image, parent(image), running.server.pid]

    def run_both_kinds() -> None:
        for job, end in (("both", DagsterRunStatus.SUCCESS), ("segfaults_job", DagsterRunStatus.FAILURE)):
            assert running.finish(running.launch(job)).status == end

    # What the first run opens for all of them stays.
    run_both_kinds()
    until(lambda: not descendants(image), "the end of its processes")
    before = [descriptors(pid) for pid in servers]
    for _ in range(ROUNDS):
        run_both_kinds()

    def is_as_before() -> bool:
        # One for each run would be many more; a question that is just being answered is one.
        return all(descriptors(pid) < count + ROUNDS for pid, count in zip(servers, before, strict=True))

    until(lambda: not descendants(image) and is_as_before(), "as few descriptors as before")
    assert descriptors(image) == before[0]


def descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_a_segmentation_fault_fails_its_step_alone(running: ServedLocation) -> None:
    run_id = running.launch("segfaults_job")
    assert running.finish(run_id).status == DagsterRunStatus.FAILURE
    assert running.kinds(run_id).count("STEP_SUCCESS") == 1
    assert any("terminated by signal 11" in (entry.message or "") for entry in running.events(run_id))


def test_a_step_that_is_killed_is_retried_as_its_policy_says(running: ServedLocation) -> None:
    run_id = running.launch("dies_once_job")
    assert running.finish(run_id).status == DagsterRunStatus.SUCCESS
    assert running.kinds(run_id).count("STEP_RESTARTED") == 1
    assert value(running, "dies_once") == 1
