"""One service under supervision, with small programs in the place of Dagster's."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest
from processes import is_alive, until
from served_location import free_port

from dagway.platform import supervised as module
from dagway.platform.log import Log
from dagway.platform.probe import Address, Answer
from dagway.platform.services import Service
from dagway.platform.supervised import Supervised

_MONOTONIC = time.monotonic
WAITS = "import time; print('works', flush=True); time.sleep(600)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {WAITS}"


@dataclass
class FileProbe:
    """Healthy as long as a file is there and empty; what is in it is told by others."""

    path: Path
    looks: int = 0

    def look(self, since: float) -> Answer:
        self.looks += 1
        if not self.path.exists():
            return Answer("there is no file")
        said = self.path.read_text()
        return Answer(said, is_own=not said)


@dataclass
class Watched:
    """A supervised program, and what was said of it."""

    one: Supervised
    said: list[str]
    probe: FileProbe

    @property
    def healthy(self) -> Path:
        return self.probe.path

    def answers(self, number: int) -> None:
        """Until it was asked so often, and the answers were looked at."""
        before = self.probe.looks

        def look() -> bool:
            self.one.look()
            return self.probe.looks > before + number

        until(look, f"{number} answers, not {self.one.condition}")

    def until(self, state: str) -> None:
        def look() -> bool:
            self.one.look()
            return self.one.condition.state == state

        until(look, f"{state}, not {self.one.condition}")


@dataclass
class Clock:
    """Time that passes, and that a test may have pass at once."""

    ahead: float = 0.0

    def monotonic(self) -> float:
        return _MONOTONIC() + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(time, "monotonic", found.monotonic)
    monkeypatch.setattr(module, "CALM", 0.05)
    return found


@pytest.fixture
def watched(tmp_path: Path) -> Generator[Watched]:
    said = list[str]()
    path = tmp_path / "healthy"
    path.touch()
    probe = FileProbe(path)
    service = Service("one", (sys.executable, "-c", WAITS), tmp_path, dict(os.environ), probe)
    found = Watched(Supervised(service, Log(tmp_path / "one.log"), said.append), said, probe)
    yield found
    found.one.stop(0.0)


def replaced(watched: Watched, code: str, **needs: Address) -> Watched:
    """The same with another program."""
    old = watched.one.service
    service = Service(old.name, (sys.executable, "-c", code), old.folder, old.environment, old.probe, needs)
    watched.one = Supervised(service, watched.one.log, watched.said.append)
    return watched


def test_a_killed_process_is_replaced_and_its_end_is_told(watched: Watched) -> None:
    watched.one.start()
    watched.until("healthy")
    first = watched.one.condition.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    watched.until("restarting")
    watched.until("healthy")
    assert watched.one.condition.pid not in {first, None}
    assert watched.one.condition.restarts == 1
    assert "ended unexpectedly (killed by SIGKILL): it is started again in 0.25 s" in watched.said


def test_one_that_ends_again_and_again_is_a_crash_loop(watched: Watched) -> None:
    replaced(watched, "import sys; sys.exit('the shelf is empty')").one.start()
    watched.until("crash loop")
    assert watched.one.condition.reason == "ended unexpectedly (exit code 1); the shelf is empty"
    assert any(
        line.startswith("CRASH LOOP: ended unexpectedly (exit code 1), 5 times in a row")
        for line in watched.said
    )


def test_one_that_does_not_answer_is_killed_and_started_again(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HANGING", 0.2)
    monkeypatch.setattr(module, "CALM", 0.05)
    watched.one.start()
    watched.until("healthy")
    first = watched.one.condition.pid
    watched.healthy.unlink()
    watched.until("unhealthy")
    watched.until("restarting")
    assert first is not None
    assert not is_alive(first)
    watched.healthy.touch()
    watched.until("healthy")


def test_what_others_tell_kills_nobody_and_counts_for_nothing_later(watched: Watched, clock: Clock) -> None:
    watched.one.start()
    watched.until("healthy")
    watched.healthy.write_text("one of its parts is busy")
    watched.until("unhealthy")
    clock.ahead += 10 * module.HANGING
    watched.answers(3)
    assert not any("it is killed" in line for line in watched.said)
    # From here on it is itself that is silent, and not before.
    watched.healthy.unlink()
    watched.answers(3)
    assert not any("it is killed" in line for line in watched.said)
    clock.ahead += module.HANGING
    watched.until("restarting")
    watched.healthy.touch()
    watched.until("healthy")


def test_one_that_is_stopped_by_a_signal_is_started_again(watched: Watched, clock: Clock) -> None:
    watched.one.start()
    watched.until("healthy")
    pid = watched.one.condition.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    watched.healthy.unlink()
    watched.until("unhealthy")
    clock.ahead += module.HANGING
    watched.until("restarting")
    assert not is_alive(pid)


def test_one_that_does_not_become_healthy_is_told_of_once_and_left_alone(
    watched: Watched, clock: Clock
) -> None:
    watched.healthy.unlink()
    watched.one.start()
    watched.answers(3)
    assert watched.said == []
    clock.ahead += module.LONG
    watched.answers(3)
    (said,) = watched.said
    assert said.startswith(f"is not healthy after {module.LONG:.0f} s: there is no file; it is left alone")
    assert said.endswith("See `dagway logs one`")
    clock.ahead += 10 * module.HANGING
    watched.answers(3)
    assert (watched.said, watched.one.condition.state) == ([said], "starting")
    watched.healthy.touch()
    watched.until("healthy")


def test_what_it_needs_is_waited_for_and_its_absence_is_no_crash(watched: Watched) -> None:
    port = free_port()
    replaced(watched, WAITS, PostgreSQL=Address("127.0.0.1", port)).one.start()
    watched.until("waiting")
    assert watched.said == [f"waits: PostgreSQL at 127.0.0.1:{port} does not answer"]
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", port))
        server.listen(64)
        watched.until("healthy")
    assert watched.one.condition.restarts == 0


def test_one_that_does_not_stop_is_killed(watched: Watched) -> None:
    replaced(watched, DEAF).one.start()
    watched.until("healthy")
    until(lambda: "works" in watched.one.log.path.read_text(), "the program's word")
    pid = watched.one.condition.pid
    watched.one.stop(0.2)
    assert pid is not None
    assert not is_alive(pid)
    assert watched.one.condition.state == "stopped"
    assert any("did not stop in 0 s: it is killed" in line for line in watched.said)


def test_one_whose_folder_is_gone_is_tried_again_and_ends_nobody(watched: Watched, tmp_path: Path) -> None:
    old = watched.one.service
    folder = tmp_path / "moved"
    service = Service(old.name, old.command, folder, old.environment, old.probe)
    watched.one = Supervised(service, watched.one.log, watched.said.append)
    watched.one.start()
    assert watched.one.condition.state == "restarting"
    assert watched.one.condition.reason.startswith("could not be started ([Errno 2]")
    assert str(folder) in watched.one.condition.reason
    folder.mkdir()
    watched.until("healthy")


def test_what_it_needs_holds_up_nobody_while_it_is_asked(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answers = threading.Event(), threading.Event()

    def silent(_service: Service) -> str:
        asked.set()
        assert answers.wait(60)
        return ""

    monkeypatch.setattr(module, "missing", silent)
    replaced(watched, WAITS, PostgreSQL=Address("127.0.0.1", 1)).one.start()
    assert asked.wait(60)
    watched.one.look()
    assert (watched.one.condition.state, watched.one.condition.pid) == ("starting", None)
    answers.set()
    watched.until("healthy")


def test_its_time_to_stop_is_cut_off_once_that_is_urgent(watched: Watched) -> None:
    replaced(watched, DEAF).one.start()
    watched.until("healthy")
    until(lambda: "works" in watched.one.log.path.read_text(), "the program's word")
    pid, looks = watched.one.condition.pid, iter([False, False, True])
    watched.one.stop(3600.0, lambda: next(looks))
    assert pid is not None
    assert not is_alive(pid)
    assert watched.said[-1] == "has to end at once: it is killed"
