"""The end in order, without services: what is asked, and what becomes of runs under way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from served_platform import project

from dagway._dagster.process_start import start_ticks
from dagway.platform import control, up
from dagway.platform.control import Status
from dagway.platform.home import Home
from dagway.platform.load import find
from dagway.platform.state import PlatformState, read
from dagway.platform.stopping import CANCEL, signals
from dagway.platform.under_way import Locations
from dagway.platform.up import Prepared, Running

TELLS = """\
import os, signal, sys
def told(number, _frame):
    # Not by print: the one of the main thread may be under way.
    os.write(1, f"{signal.Signals(number).name}\\n".encode())
    sys.exit(0)
for one in (signal.SIGTERM, signal.SIGUSR1):
    signal.signal(one, told)
print("ready", flush=True)
while True:
    signal.pause()
"""


@dataclass
class Runs:
    """One run under way, which ends at the third look after it was canceled."""

    canceled: list[str] = field(default_factory=list[str])
    looks: int = 3

    def under_way(self, _webserver: str) -> list[str]:
        self.looks -= len(self.canceled)
        return ["run"] if self.looks > 0 else []

    def cancel(self, _webserver: str, run: str) -> None:
        self.canceled.append(run)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    found = Runs()
    monkeypatch.setattr(up, "under_way", found.under_way)
    monkeypatch.setattr(up, "cancel", found.cancel)
    return found


@pytest.fixture
def running(tmp_path: Path) -> Running:
    platform = find(project(tmp_path))
    home = Home.of(tmp_path, None, {})
    home.make()
    return Running(Prepared(platform, home, (), ()), lambda _who, _line: None)


def test_a_cancel_that_is_asked_again_leaves_runs_their_time(running: Running, runs: Runs) -> None:
    with signals(running):
        for number in (signal.SIGTERM, CANCEL, CANCEL, CANCEL):
            os.kill(os.getpid(), number)
        running.serve("finish")
    assert runs.canceled == ["run"]
    assert runs.looks == 0


@pytest.mark.parametrize(("cancel", "name"), [(False, "SIGTERM"), (True, "SIGUSR1")])
def test_down_says_what_it_means_in_one_signal(tmp_path: Path, cancel: bool, name: str) -> None:
    platform = find(project(tmp_path))
    home = Home.of(tmp_path, None, {})
    home.make()
    with subprocess.Popen([sys.executable, "-c", TELLS], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        pid = process.pid
        PlatformState(
            "http://127.0.0.1:1", "embedded", pid, start_ticks(pid) or 0, str(home.dagster), 0.0
        ).write(home)
        assert control.stop(platform, cancel=cancel, patience=30)
        assert process.stdout.read() == f"{name}\n"


def test_where_nobody_can_be_told_it_ends_in_order_all_the_same(tmp_path: Path, runs: Runs) -> None:
    asked = list[str]()

    def tell(_who: str, line: str) -> None:
        asked.append(line)
        raise BrokenPipeError

    home = Home.of(tmp_path, None, {})
    home.make()
    running = Running(Prepared(find(project(tmp_path)), home, (), ()), tell)
    running.cancel()
    running.serve("finish")
    assert runs.canceled == ["run"]
    assert runs.looks == 0
    assert len(asked) == 1


def test_a_platform_under_nohup_outlives_its_terminal(running: Running) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals(running):
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        with signals(running):
            assert signal.getsignal(signal.SIGHUP) not in {signal.SIG_IGN, signal.SIG_DFL}
    finally:
        signal.signal(signal.SIGHUP, before)


def test_while_runs_are_waited_for_the_state_says_so(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = list[tuple[bool, bool]]()
    home = Home.of(tmp_path, None, {})

    def under_way(_webserver: str) -> list[str]:
        state = read(home)
        assert state is not None
        alive = replace(state, services={"webserver": {"state": "healthy"}})
        loaded = Locations((), {}, ())
        assert Status(home, replace(alive, stopping=False), loaded).is_healthy
        seen.append((state.stopping, Status(home, alive, loaded).is_healthy))
        return []

    monkeypatch.setattr(up, "under_way", under_way)
    running.stop()
    running.serve("finish")
    assert seen == [(True, False)]
    assert read(home) is None
