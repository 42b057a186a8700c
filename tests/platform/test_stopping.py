"""The end in order, without services: what is asked, and what becomes of runs under way."""

from __future__ import annotations

import errno
import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pytest
from served_platform import dagway, project

from dagway._dagster.process_start import start_ticks
from dagway.platform import control, under_way, up
from dagway.platform.control import Status
from dagway.platform.home import Home
from dagway.platform.journal import Journal
from dagway.platform.load import find
from dagway.platform.state import PlatformState, read
from dagway.platform.stopping import CANCEL, signals, undoing
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
    """One run under way, which ends at the third look after it was canceled; what its first cancels are answered."""

    canceled: list[str] = field(default_factory=list[str])
    looks: int = 3
    refusals: list[str] = field(default_factory=list[str])

    def under_way(self, _webserver: str) -> list[str]:
        self.looks -= len(self.canceled)
        return ["run"] if self.looks > 0 else []

    def cancel(self, _webserver: str, run: str) -> str:
        if self.refusals:
            return self.refusals.pop(0)
        self.canceled.append(run)
        return ""


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


def test_a_run_that_starts_is_asked_to_end_again(running: Running, runs: Runs) -> None:
    runs.refusals += ["it has status STARTING"] * 3
    running.cancel()
    running.serve("finish")
    assert (runs.refusals, runs.canceled, runs.looks) == ([], ["run"], 0)


def test_a_run_that_cannot_be_canceled_is_named_with_the_reason(
    tmp_path: Path, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs.refusals += ["it has status STARTING"] * 1000
    said = list[str]()
    home = Home.of(tmp_path, None, {})
    home.make()
    folder = project(tmp_path)
    (folder / "platform.yaml").write_text("platform: 1\nruns: {cancel_within: 1s}\n")
    running = Running(Prepared(find(folder), home, (), ()), lambda _who, line: said.append(line))
    # An hour passes with each look.
    clock = itertools.count(step=3600.0)
    monkeypatch.setattr(up.time, "monotonic", lambda: next(clock))
    running.cancel()
    running.serve("finish")
    assert runs.canceled == []
    assert "the run run goes on: it has status STARTING" in said


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [
        ({"__typename": "TerminateRunSuccess"}, ""),
        (
            {"__typename": "TerminateRunFailure", "message": "it has status STARTING"},
            "it has status STARTING",
        ),
        ({"__typename": "UnauthorizedError"}, "UnauthorizedError"),
    ],
)
def test_a_cancel_tells_what_it_was_answered(
    monkeypatch: pytest.MonkeyPatch, answer: dict[str, str], refusal: str
) -> None:
    def ask(*_words: object) -> dict[str, dict[str, str]]:
        return {"terminateRun": answer}

    monkeypatch.setattr(under_way, "ask", ask)
    assert under_way.cancel("http://127.0.0.1:1", "run") == refusal


def test_what_the_platform_says_is_in_a_log_of_its_own(running: Running, runs: Runs, tmp_path: Path) -> None:
    running.cancel()
    running.serve("finish")
    home = Home.of(tmp_path, None, {})
    path = home.logs / "platform.log"
    assert path.stat().st_mode & 0o777 == 0o600
    lines = [line.split(" ", 1) for line in path.read_text().splitlines()]
    assert [said for _, said in lines] == [
        "platform: 1 run under way: they are canceled",
        "platform: is down",
    ]
    assert all(datetime.fromisoformat(when).tzinfo for when, _ in lines)
    assert "platform: is down" in dagway(tmp_path, "logs").stdout


def test_what_a_full_disk_did_not_take_is_logged_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_words: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    home = Home.of(tmp_path, None, {})
    home.make()
    journal = Journal(home)
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        journal.note("platform", "the disk is full")
    journal.note("daemon", "CRASH LOOP:\nonce more")
    said = [line.split(" ", 1)[1] for line in (home.logs / "platform.log").read_text().splitlines()]
    assert said == ["platform: the disk is full", "daemon: CRASH LOOP:", "daemon: once more"]


@pytest.fixture
def terminal() -> Generator[None]:
    """One that may be closed: tests may run under `nohup`."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.usefixtures("terminal")
def test_what_is_begun_can_be_undone_to_its_end(number: signal.Signals) -> None:
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    undone = list[str]()

    def interrupted() -> None:
        try:
            os.kill(os.getpid(), number)
            signal.sigtimedwait([], 60)
        except BaseException:
            # In the midst of it, somebody has no patience.
            for other in before:
                os.kill(os.getpid(), other)
            undone.append("all")
            raise

    with pytest.raises((KeyboardInterrupt, SystemExit)) as raised, undoing():
        interrupted()
    assert undone == ["all"]
    assert {one: signal.getsignal(one) for one in before} == before
    if number != signal.SIGINT:
        assert isinstance(raised.value, SystemExit)
        assert raised.value.code == 128 + number


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
