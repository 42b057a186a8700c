"""What a server that is killed together with others leaves, the next one takes over."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterRunStatus
from processes import until
from runtime.havoc import ROLES, Havoc, havoc

pytestmark = [pytest.mark.integration, pytest.mark.slow]


@pytest.fixture
def found(tmp_path: Path) -> Iterator[Havoc]:
    with havoc(tmp_path, seed=1) as location:
        location.hold(on=True)
        location.keep_busy(1)
        until(lambda: location.processes().get("step"), "a step that waits")
        yield location
        location.hold(on=False)


def only_run(found: Havoc) -> str:
    (run,) = found.runs()
    return run.run_id


def status(found: Havoc) -> DagsterRunStatus:
    (run,) = found.runs()
    return run.status


def messages(found: Havoc) -> list[str]:
    return [entry.message or "" for entry in found.instance.all_logs(only_run(found))]


def kinds(found: Havoc) -> list[str]:
    events = [entry.dagster_event for entry in found.instance.all_logs(only_run(found))]
    return [event.event_type_value for event in events if event is not None]


def stop(found: Havoc) -> None:
    os.kill(found.supervisors[-1].pid, signal.SIGTERM)
    found.supervisors[-1].wait(60)


def test_a_run_that_dies_with_all_its_servers_is_failed_by_the_next(found: Havoc) -> None:
    found.kill_at_once(*ROLES)
    assert status(found) == DagsterRunStatus.STARTED
    found.start()
    until(lambda: status(found) == DagsterRunStatus.FAILURE, "the report of the run")
    assert any("ended without reporting, after its code server had ended" in text for text in messages(found))
    assert kinds(found).count("PIPELINE_FAILURE") == 1
    stop(found)
    assert found.left_behind() == []


def test_a_run_that_outlives_all_its_servers_is_left_alone_and_known_to_the_next(found: Havoc) -> None:
    found.kill_at_once("supervisor", "server", "image")
    found.start()
    until(found.answers, "the next server's answer")
    # It goes on, unharmed, and can be cancelled by the server that took it over.
    assert status(found) == DagsterRunStatus.STARTED
    found.instance.run_launcher.terminate(only_run(found))
    until(lambda: status(found) == DagsterRunStatus.CANCELED, "the cancellation")
    assert kinds(found).count("PIPELINE_START") == 1


def test_a_run_that_outlives_all_its_servers_succeeds(found: Havoc) -> None:
    found.kill_at_once("supervisor", "server", "image")
    found.start()
    until(found.answers, "the next server's answer")
    found.hold(on=False)
    until(lambda: found.runs()[0].is_finished, "the end of the run")
    assert status(found) == DagsterRunStatus.SUCCESS
    assert found.ran_twice() == []


def test_two_servers_that_are_killed_one_after_the_other_lose_no_run(found: Havoc) -> None:
    """The second is killed before it has reported; what it had taken over is there for the third."""
    found.kill_at_once("supervisor", "server", "image")
    found.start()
    until(found.answers, "the second server's answer")
    assert status(found) == DagsterRunStatus.STARTED
    found.kill_at_once(*ROLES)
    found.start()
    until(lambda: status(found) == DagsterRunStatus.FAILURE, "the report of the run")


def test_a_run_whose_server_lives_is_reported_once(found: Havoc) -> None:
    """The server behind outlives the one in front; both learn of the end of the run."""
    found.kill_at_once("supervisor")
    found.start()
    until(found.answers, "the next server's answer")
    found.kill_at_once("run", "step")
    until(lambda: status(found) == DagsterRunStatus.FAILURE, "the report of the run")
    stop(found)
    assert kinds(found).count("PIPELINE_FAILURE") == 1


def test_a_storage_that_is_away_for_a_while_hides_no_run(found: Havoc) -> None:
    """A run is killed meanwhile. In stock nobody looks after runs any more then."""
    history = found.folder / "home" / "history"
    history.rename(history.with_name("aside"))
    history.touch()
    found.kill_at_once("run", "step")
    until(lambda: "its storage does not answer; it is asked again" in found.output(), "the warning")
    history.unlink()
    history.with_name("aside").rename(history)
    until(lambda: status(found) == DagsterRunStatus.FAILURE, "the report of the run")


def test_a_server_that_is_to_end_does_not_wait_for_a_storage_that_is_gone(found: Havoc) -> None:
    history = found.folder / "home" / "history"
    history.rename(history.with_name("aside"))
    history.touch()
    found.kill_at_once("supervisor", "run", "step")
    until(lambda: found.mine() == [], "the end of every process")
    history.unlink()
    history.with_name("aside").rename(history)
    # The next server knows the run all the same.
    found.start()
    until(lambda: status(found) == DagsterRunStatus.FAILURE, "the report of the run")
