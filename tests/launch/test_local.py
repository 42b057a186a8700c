"""Real launches: each starts the command and what it starts."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest
from launch.launches import (
    BARE,
    children,
    end,
    launch,
    noted,
    runs,
    said_pid,
    start,
    write_project,
)
from processes import is_alive, until

pytestmark = [pytest.mark.integration, pytest.mark.slow]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "shop")


def test_a_launch_materializes_tells_and_records(project: Path) -> None:
    done = launch(project, "--select", "+clean", "--tag", "why=test", "--format", "json")
    assert done.status == 0, done.err
    (run,) = done.result["runs"]
    assert done.result["success"]
    steps = {step["key"]: step for step in run["steps"]}
    assert {key: step["status"] for key, step in steps.items()} == {
        "raw": "done",
        "clean": "done",
        "clean_is_clean": "done",
    }
    assert steps["raw"]["materializations"] == [{"asset": "raw", "partition": None}]
    assert steps["clean_is_clean"]["checks"] == [
        {"asset": "clean", "check": "is_clean", "passed": False, "severity": "WARN"}
    ]
    assert steps["raw"]["seconds"] is not None
    assert "ten rows" in done.err
    assert "printed by raw" in done.err
    (recorded,) = runs(project)
    assert (recorded.run_id, recorded.status.value) == (run["run_id"], "SUCCESS")
    assert recorded.tags["why"] == "test"
    assert recorded.tags[".dagster/repository"] == "__repository__@definitions"
    # Run and steps found the definitions in the image.
    assert (project / "scratch" / "loads").read_text() == "x"


def test_what_fails_is_told_with_its_own_line_and_can_be_done_again(project: Path) -> None:
    failed = launch(project, "--select", "raw,broken+")
    assert failed.status == 1, failed.err
    lines = failed.out.splitlines()
    at = lines.index("failed: broken")
    assert lines[at + 1] == "  ValueError: the cupboard is bare"
    assert lines[at + 2] == f'  definitions.py:{BARE}: raise ValueError("the cupboard is bare")'
    assert "1 succeeded of 3 steps, 1 failed, 1 not run" in lines[-1]
    assert "\x1b" not in failed.out

    (project / "scratch" / "mended").touch()
    (first,) = runs(project)
    noted(project, first.run_id, {"team": "growth", "dagster/auto_retry_run_id": "another"})
    again = launch(project, "--last-failed", "--format", "json")
    assert again.status == 0, again.err
    assert {step["key"] for step in again.result["runs"][0]["steps"]} == {"broken", "after"}
    newest, oldest = runs(project)
    assert newest.parent_run_id == oldest.run_id
    # What Dagster noted of the parent's own retries is not true of this run.
    assert newest.tags["team"] == "growth"
    assert "dagster/auto_retry_run_id" not in newest.tags


def test_a_worker_that_is_killed_is_told(project: Path) -> None:
    process = start(project, "--select", "slow")
    pid = said_pid(project, "slow")
    (worker,) = children(process.pid)
    os.kill(worker, signal.SIGKILL)
    done = end(process)
    assert done.status == 2
    assert "The process that launches was killed, as the system does where memory runs out." in done.err
    until(lambda: not is_alive(pid), "the end of the step")
    until(lambda: all(run.is_finished for run in runs(project)), "the end of the run")


def test_a_step_that_is_killed_fails_as_that_step(project: Path) -> None:
    done = launch(project, "--select", "deadly", "--format", "jsonl")
    assert done.status == 1
    said = [json.loads(line) for line in done.out.splitlines()]
    assert [one["kind"] for one in (said[0], said[-2], said[-1])] == ["loaded", "end", "result"]
    (step,) = said[-1]["runs"][0]["steps"]
    assert (step["key"], step["status"]) == ("deadly", "failed")
    assert "ChildProcessCrash" in step["error"]["message"]


def test_a_range_of_partitions_and_an_op_job(project: Path) -> None:
    done = launch(project, "--select", "daily", "--partition-range", "tue...")
    assert done.status == 0, done.err
    assert "day tue" in done.out
    assert "day wed" in done.out
    assert done.out.splitlines()[-1] == "2 of 2 runs succeeded"
    assert [run.tags["dagster/partition"] for run in runs(project)] == ["wed", "tue"]

    ops = launch(project, "--job", "ops", "--config", "{ops: {one: {config: {n: 7}}}}")
    assert ops.status == 0, ops.err
    assert "two got 7" in ops.out


def test_what_cannot_be_run_is_an_error_and_no_run(project: Path) -> None:
    for words, told in (
        (("--select", "claen"), 'Nearest: key:"clean"'),
        (("--select", "daily"), "Write --partition 'wed'"),
        (("--job", "ops"), 'Missing required config entry "ops"'),
    ):
        done = launch(project, *words)
        assert done.status == 2, done.out
        assert told in done.err
    assert list(runs(project)) == []


def test_ctrl_c_cancels_and_resources_are_torn_down(project: Path) -> None:
    process = start(project, "--select", "slow")
    pid = said_pid(project, "slow")
    process.send_signal(signal.SIGINT)
    done = end(process)
    assert done.status == 130, done.err
    assert "canceled" in done.out.splitlines()[-1]
    until(lambda: not is_alive(pid), "the end of the step")
    assert (project / "scratch" / "closed").exists()
    assert [run.status.value for run in runs(project)] == ["CANCELED"]


def test_a_second_ctrl_c_ends_what_does_not_listen(project: Path) -> None:
    process = start(project, "--select", "stubborn")
    pid = said_pid(project, "stubborn")
    process.send_signal(signal.SIGINT)
    said_pid(project, "refused")
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    done = end(process)
    assert done.status == 130, done.err
    until(lambda: not is_alive(pid), "the end of the step", 5)
    assert [run.status.value for run in runs(project)] == ["CANCELED"]


def test_a_launch_that_is_killed_leaves_no_run_and_no_process(project: Path) -> None:
    process = start(project, "--select", "slow")
    pid = said_pid(project, "slow")
    process.kill()
    end(process)
    until(lambda: not is_alive(pid), "the end of the step")
    until(lambda: [run.status.value for run in runs(project)] == ["CANCELED"], "the end of the run")


def test_where_a_fork_is_not_safe_it_starts_cold_and_says_why(project: Path) -> None:
    with (project / "definitions.py").open("a") as file:
        file.write(
            "import threading\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
        )
    done = launch(project, "--select", "raw")
    assert done.status == 0, done.err
    assert "Runs and steps start cold" in done.out
    assert "the thread" in done.out
    assert len((project / "scratch" / "loads").read_text()) > 1
