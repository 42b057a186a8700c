"""Nothing of one step or run is seen by another, and each finds what a process of its own would find."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterRunStatus
from served_location import SETTINGS, ServedLocation, descendants, served_location, until

pytestmark = [pytest.mark.integration, pytest.mark.slow]

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
def grows():
    numbers = list(range(20_000_000))
    return len(numbers)

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
    [one, two, grows, segfaults, dies_once],
    executor=dagway.warm_executor,
    jobs=[
        dg.define_asset_job("both", [one, two]),
        dg.define_asset_job("grows_job", [grows]),
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


def test_memory_of_a_step_goes_back(running: ServedLocation) -> None:
    def memory() -> int:
        pids = [running.image(), *descendants(running.image())]
        return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)

    before = memory()
    assert running.finish(running.launch("grows_job")).status == DagsterRunStatus.SUCCESS
    until(lambda: not descendants(running.image()), "the end of its processes")
    assert memory() < before * 1.05


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
