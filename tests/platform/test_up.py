"""`dagway up` on real processes: it comes up, heals and stops in order."""

from __future__ import annotations

import os
import signal
import stat
from pathlib import Path

import pytest
from processes import is_alive, until
from served_location import free_port
from served_platform import Platform, dagway, project, up

pytestmark = [pytest.mark.integration, pytest.mark.slow]
SERVICES = ("definitions", "webserver", "daemon")


def test_it_comes_up_runs_and_stops(tmp_path: Path) -> None:
    with up(project(tmp_path)) as platform:
        platform.until_up()
        platform.wait()
        assert platform.state()["webserver"] == platform.url
        assert platform.end(platform.launch("quick")) == "SUCCESS"
        assert platform.end(platform.launch("report")) == "SUCCESS"

        shown = dagway(tmp_path, "status", "--json")
        assert shown.returncode == 0, shown.stdout + shown.stderr
        again = dagway(tmp_path, "up", "--port", str(free_port()))
        assert again.returncode == 2
        assert f"is up already at {platform.url}" in again.stderr
        assert "dagway down" in again.stderr

        words = dagway(tmp_path, "logs", "daemon", "-n", "5").stdout
        assert words.startswith("daemon")
        pids = [platform.service(name)["pid"] for name in SERVICES]
        assert dagway(tmp_path, "down").returncode == 0
        assert platform.process.wait(60) == 0
        assert not [pid for pid in pids if is_alive(pid)]
        assert dagway(tmp_path, "down").returncode == 1
        assert dagway(tmp_path, "status").returncode == 1


def test_what_it_writes_is_for_this_user_alone(tmp_path: Path) -> None:
    with up(project(tmp_path)) as platform:
        platform.wait()
        written = [
            tmp_path / ".dagway/home/dagster.yaml",
            *(path for path in (tmp_path / ".dagway/platform").rglob("*") if path.is_file()),
        ]
        assert len(written) >= 5
        assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o600}


@pytest.fixture
def platform(tmp_path: Path):
    with up(project(tmp_path)) as found:
        found.until_up()
        found.wait()
        yield found


@pytest.mark.parametrize("service", SERVICES)
def test_a_killed_service_comes_back(platform: Platform, service: str) -> None:
    run = platform.launch("long")
    platform.run_in_step()
    platform.kill_until_back(service)
    assert platform.service(service)["restarts"] == 1
    # The run goes on; what comes next works as before.
    platform.let_go()
    assert platform.end(run) == "SUCCESS"
    assert platform.end(platform.launch("quick")) == "SUCCESS"


def test_all_processes_killed_then_up_again(tmp_path: Path) -> None:
    project(tmp_path)
    with up(tmp_path) as platform:
        platform.until_up()
        run = platform.launch("long")
        pid, _ = platform.run_in_step()
    until(lambda: not is_alive(pid), "the end of the step")
    with up(tmp_path) as platform:
        platform.until_up()
        assert platform.end(run) == "FAILURE"
        # The next code server takes the run over, and run monitoring looks for it too: whoever is first says why.
        reasons = ("is gone", "ended without reporting")
        assert any(reason in message for message in platform.messages(run) for reason in reasons)
        assert platform.end(platform.launch("quick")) == "SUCCESS"


def test_services_end_with_a_killed_platform_and_its_runs_go_on(platform: Platform) -> None:
    run = platform.launch("long")
    pid, _ = platform.run_in_step()
    pids = [platform.service(name)["pid"] for name in SERVICES]
    os.kill(platform.process.pid, signal.SIGKILL)
    until(lambda: not [one for one in pids if is_alive(one)], "the end of the services")
    assert is_alive(pid)
    with up(platform.folder) as again:
        again.until_up()
        again.let_go()
        assert again.end(run) == "SUCCESS"


def test_it_waits_for_runs_and_cancels_them_when_asked_twice(platform: Platform) -> None:
    run = platform.launch("long")
    pid, _ = platform.run_in_step()
    platform.process.send_signal(signal.SIGINT)
    until(lambda: "1 run under way: they finish first" in platform.output(), "the wait for the run")
    assert is_alive(pid)
    platform.process.send_signal(signal.SIGINT)
    assert platform.process.wait(60) == 0, platform.output()
    assert not is_alive(pid)
    with up(platform.folder) as again:
        again.until_up()
        assert again.run_status(run) == "CANCELED"


def test_a_broken_project_is_told_and_loads_once_mended(tmp_path: Path) -> None:
    with up(project(tmp_path, "import nothing_of_that_name\n")) as platform:
        platform.until_up()
        until(lambda: "its definitions do not load" in platform.output(), "the reason")
        assert "No module named 'nothing_of_that_name'" in platform.output()
        assert dagway(tmp_path, "status").returncode == 1
        project(tmp_path)
        until(lambda: "its definitions load again" in platform.output(), "the mended definitions")
        assert platform.end(platform.launch("quick")) == "SUCCESS"
