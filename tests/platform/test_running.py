"""Services as one, with small programs in the place of Dagster's: when they are up, and what holds up nobody."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from processes import is_alive, until
from served_platform import project

from dagway.platform import up
from dagway.platform.home import Home
from dagway.platform.load import find
from dagway.platform.probe import Answer, NoProbe, Probe
from dagway.platform.services import Service
from dagway.platform.state import read
from dagway.platform.supervised import Condition
from dagway.platform.under_way import Locations
from dagway.platform.up import Prepared, Running

WAITS = "import time; print('works', flush=True); time.sleep(600)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {WAITS}"
LOADED = Locations(("definitions",), {}, ())


@dataclass
class FileProbe:
    """Healthy once a file is there."""

    path: Path

    def look(self, since: float) -> Answer:
        return Answer("" if self.path.exists() else "there is no file")


@dataclass
class Hang:
    """A webserver that takes a question and answers once it is let go."""

    is_asked: threading.Event = field(default_factory=threading.Event)
    is_let_go: threading.Event = field(default_factory=threading.Event)

    def __call__(self, *_words: object) -> Locations:
        self.is_asked.set()
        assert self.is_let_go.wait(300)
        return LOADED


def loaded(_webserver: str) -> Locations:
    return LOADED


@dataclass
class Scene:
    """A platform that runs in a thread, its home, and what was said."""

    running: Running
    home: Home
    said: list[str]
    thread: threading.Thread

    def condition(self, name: str) -> Condition:
        state = read(self.home)
        found = state.services.get(name) if state else None
        return Condition(**found) if found else Condition("stopped", None, 0.0, 0)

    def is_stopping(self) -> bool:
        state = read(self.home)
        return state is not None and state.stopping

    def until(self, question: Callable[[], object], what: str) -> None:
        until(lambda: question() or not self.thread.is_alive(), what)
        assert self.thread.is_alive(), self.said


@contextmanager
def scene(folder: Path, *services: Service) -> Generator[Scene]:
    platform = find(project(folder))
    home = Home.of(folder, None, {})
    home.make()
    said = list[str]()
    running = Running(Prepared(platform, home, (), services), lambda who, line: said.append(f"{who}: {line}"))
    thread = threading.Thread(target=running.serve, args=("finish",))
    thread.start()
    try:
        yield Scene(running, home, said, thread)
    finally:
        for _ in range(3):
            running.stop()
        thread.join(60)
        assert not thread.is_alive()


def service(folder: Path, name: str, code: str = WAITS, probe: Probe | None = None) -> Service:
    command = (sys.executable, "-c", code)
    return Service(name, command, folder, dict(os.environ), probe or NoProbe())


def test_a_webserver_that_hangs_keeps_nobody_from_starting_a_service_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hang = Hang()
    monkeypatch.setattr(up, "locations", hang)
    services = [service(tmp_path, name) for name in ("webserver", "daemon")]
    try:
        with scene(tmp_path, *services) as found:
            assert hang.is_asked.wait(60)
            pid = found.condition("daemon").pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            found.until(lambda: found.condition("daemon").pid not in {None, pid}, "another daemon")
            assert found.condition("daemon").restarts == 1
            assert not any("is up" in line for line in found.said)
            hang.is_let_go.set()
            found.until(lambda: any("is up" in line for line in found.said), "the platform")
    finally:
        hang.is_let_go.set()


def test_a_webserver_that_hangs_does_not_hold_up_an_end_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hang = Hang()
    monkeypatch.setattr(up, "locations", loaded)
    monkeypatch.setattr(up, "under_way", hang)
    try:
        with scene(tmp_path, service(tmp_path, "webserver")) as found:
            found.running.stop()
            assert hang.is_asked.wait(60)
            # Meanwhile the services are looked after.
            pid = found.condition("webserver").pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            found.until(lambda: found.condition("webserver").pid not in {None, pid}, "another webserver")
            for _ in range(2):
                found.running.stop()
            found.thread.join(60)
            assert not found.thread.is_alive()
            assert not hang.is_let_go.is_set()
    finally:
        hang.is_let_go.set()


def test_a_time_to_end_that_has_begun_is_cut_off_when_the_end_is_to_be_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(up, "locations", loaded)
    monkeypatch.setattr(up, "GRACE", 3600.0)
    names = ("definitions", "webserver", "daemon")
    with scene(tmp_path, *(service(tmp_path, name, DEAF) for name in names)) as found:
        logs = [found.home.logs / f"{name}.log" for name in names]
        found.until(lambda: all(log.exists() and "works" in log.read_text() for log in logs), "the programs")
        pids = [found.condition(name).pid for name in names]
        found.running.stop()
        found.until(found.is_stopping, "the beginning of the end")
        for _ in range(2):
            found.running.stop()
        found.thread.join(60)
        assert not found.thread.is_alive()
    assert not any(is_alive(pid) for pid in pids if pid)
    assert [line for line in found.said if "it is killed" in line] == [
        f"{name}: has to end at once: it is killed" for name in reversed(names)
    ]


def test_up_is_said_once_all_services_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(up, "locations", loaded)
    answers, ticks = FileProbe(tmp_path / "answers"), FileProbe(tmp_path / "ticks")
    with scene(
        tmp_path,
        service(tmp_path, "webserver", probe=answers),
        service(tmp_path, "daemon", probe=ticks),
    ) as found:
        answers.path.touch()
        found.until(lambda: found.condition("daemon").reason == "there is no file", "a look at the daemon")
        assert not any("is up" in line for line in found.said)
        ticks.path.touch()
        found.until(lambda: any("is up" in line for line in found.said), "the platform")
