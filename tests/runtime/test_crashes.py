"""Kills at random moments: every run ends, none runs twice, and nothing is left."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest
from served_location import ServedLocation, descendants, is_alive, served_location, until

pytestmark = [pytest.mark.integration, pytest.mark.slow]

#: How many processes are killed.
KILLS = int(os.environ.get("DAGWAY_TEST_KILLS", "25"))
CODE = """
import time
import dagster as dg, dagway

def asset(name, deps):
    @dg.asset(name=name, deps=deps)
    def made() -> None:
        time.sleep(0.05)
    return made

assets = [asset("first", []), asset("left", ["first"]), asset("right", ["first"]), asset("last", ["left", "right"])]
defs = dg.Definitions(assets, executor=dagway.warm_executor, jobs=[dg.define_asset_job("all_of_them", assets)])
"""


def launch(served: ServedLocation) -> None:
    """A launch may find its server killed: then the run is told as failed by whoever launched it."""
    with contextlib.suppress(Exception):
        served.launch("all_of_them")


def name_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def victims(served: ServedLocation) -> list[int]:
    """All below the server that supervises: servers, images, runs, steps."""
    return [pid for pid in descendants(served.server.pid) if "dagway.runtime" in name_of(pid)]


def semaphores() -> set[str]:
    return {path.name for path in Path("/dev/shm").glob("sem.*")}


def test_every_run_ends_and_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(KILLS)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    before = semaphores()
    with served_location(tmp_path, CODE, environment={"TMPDIR": str(scratch)}) as served:
        for _ in range(KILLS):
            launch(served)
            launch(served)
            moment = time.monotonic() + chance.uniform(0, 1)
            until(lambda moment=moment: time.monotonic() > moment, "the moment")
            if found := victims(served):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(chance.choice(found), signal.SIGKILL)
        runs = until(lambda: served.instance.get_runs(), "runs")
        for run in runs:
            served.finish(run.run_id)
        for run in runs:
            kinds = served.kinds(run.run_id)
            assert kinds.count("PIPELINE_START") <= 1, kinds
            steps = Counter(
                entry.step_key
                for entry in served.events(run.run_id)
                if entry.dagster_event is not None and entry.dagster_event.event_type_value == "STEP_START"
            )
            assert all(count == 1 for count in steps.values()), steps
        assert any(str(run.status) == "DagsterRunStatus.SUCCESS" for run in runs)

        def left() -> list[str]:
            """What is there besides one server, its image and the tracker of semaphores."""
            pids = descendants(served.server.pid)
            found = [f"{pid} {name_of(pid) or 'zombie'}" for pid in pids if not is_alive(pid)]
            found += [f"{pid} {name_of(pid)}" for pid in victims(served)[2:]]
            return found if len(victims(served)) >= 2 else ["no server"]

        try:
            until(lambda: not left(), "nothing but the server and its image is left")
        except AssertionError:
            pytest.fail("\n".join([*left(), served.output()[-3000:]]))
        launch(served)
        newest = served.instance.get_runs(limit=1)[0]
        assert str(served.finish(newest.run_id).status) == "DagsterRunStatus.SUCCESS"
    assert list(Path(tempfile.gettempdir()).glob(f"dagway-*{served.server.pid}*")) == []
    assert [path.name for path in scratch.iterdir()] == []
    assert semaphores() <= before
