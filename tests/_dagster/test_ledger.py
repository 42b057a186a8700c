"""Runs that are remembered on the disk, and what becomes of those whose processes are gone."""

# pyright: reportUnknownMemberType=false

from __future__ import annotations

import errno
import logging
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance, DagsterRun, DagsterRunStatus
from dagster._core.events import EngineEventData
from dagster._core.instance.ref import InstanceRef
from processes import until

from dagway._dagster import ledger, orphans
from dagway._dagster.ledger import RunLedger
from dagway._dagster.orphans import Orphan


@pytest.fixture
def reference(tmp_path: Path) -> InstanceRef:
    home = tmp_path / "home"
    home.mkdir()
    return InstanceRef.from_dir(str(home), overrides={"telemetry": {"enabled": False}})


@pytest.fixture
def instance(reference: InstanceRef) -> Iterator[DagsterInstance]:
    with DagsterInstance.from_ref(reference) as found:
        yield found


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-c", "import signal; signal.pause()"], stderr=subprocess.DEVNULL
    )
    yield process
    process.kill()
    process.wait()


def started_run(instance: DagsterInstance, pid: int, moment: float | None = None) -> DagsterRun:
    """A run whose first event names this process."""
    run = DagsterRun("job", status=DagsterRunStatus.STARTED)
    instance.add_run(run)
    data = EngineEventData({"pid": pid})
    if moment is None:
        instance.report_engine_event("Started process for run.", run, data)
    else:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(time, "time", lambda: moment)
            instance.report_engine_event("Started process for run.", run, data)
    return run


def status(instance: DagsterInstance, run: DagsterRun) -> DagsterRunStatus:
    found = instance.get_run_by_id(run.run_id)
    assert found is not None
    return found.status


@pytest.mark.unit
def test_what_one_process_notes_the_next_finds(tmp_path: Path, reference: InstanceRef) -> None:
    first = RunLedger(_folder(tmp_path))
    first.note("one", reference)
    first.note("two", reference)
    first.forget(["one", "unknown"])
    assert stat.S_IMODE((tmp_path / "runs" / "two").stat().st_mode) == 0o600
    second = RunLedger(tmp_path / "runs")
    assert second.entries == {"two": ledger.Entry(reference, ledger.here())}
    assert not second.is_gone(second.entries["two"])


def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    folder.mkdir()
    return folder


@pytest.mark.unit
def test_processes_of_another_life_of_the_container_are_gone(
    tmp_path: Path, reference: InstanceRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    RunLedger(_folder(tmp_path)).note("one", reference)
    monkeypatch.setattr(ledger, "here", lambda: "another place")
    found = RunLedger(tmp_path / "runs")
    assert found.is_gone(found.entries["one"])


@pytest.mark.unit
def test_what_no_ledger_has_written_is_no_entry_and_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = _folder(tmp_path)
    (folder / "half.new").write_text('{"inst')
    (folder / "other").write_text("no JSON")
    (folder / "older").write_text('{"place": ""}')
    with caplog.at_level(logging.WARNING, logger="dagster.code_server"):
        assert RunLedger(folder).entries == {}
    told = [record.getMessage() for record in caplog.records]
    assert [name in text for name, text in zip(("older", "other"), told, strict=True)] == [True, True]


@pytest.mark.unit
def test_where_the_first_process_is_hidden_a_place_is_known_by_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, read = ledger.here(), Path.read_text

    def read_text(path: Path, **options: Any) -> str:
        if path == Path("/proc/1/stat"):
            raise PermissionError(errno.EACCES, "hidden", str(path))
        return read(path, **options)

    monkeypatch.setattr(Path, "read_text", read_text)
    found = ledger.here()
    assert whole.startswith(found.strip())
    assert found.strip()


@pytest.mark.integration
def test_a_run_whose_process_is_alive_is_never_touched(
    instance: DagsterInstance, reference: InstanceRef, sleeper: subprocess.Popen[bytes]
) -> None:
    run = started_run(instance, sleeper.pid)
    orphan = Orphan(run.run_id, reference)
    assert not orphan.is_settled()
    assert not orphan.is_settled()
    assert status(instance, run) == DagsterRunStatus.STARTED
    assert orphan.interrupt()
    assert sleeper.wait(20) == -signal.SIGINT
    assert orphan.is_settled()
    assert status(instance, run) == DagsterRunStatus.FAILURE
    messages = [entry.message or "" for entry in instance.all_logs(run.run_id)]
    assert any("ended without reporting, after its code server had ended" in text for text in messages)


@pytest.mark.integration
def test_a_process_that_has_got_the_number_of_another_is_not_taken_for_it(
    instance: DagsterInstance, reference: InstanceRef, sleeper: subprocess.Popen[bytes]
) -> None:
    run = started_run(instance, sleeper.pid, moment=time.time() - 2 * orphans.CLOCK)
    assert Orphan(run.run_id, reference).is_settled()
    assert status(instance, run) == DagsterRunStatus.FAILURE
    assert sleeper.poll() is None


@pytest.mark.integration
def test_a_process_that_cannot_be_looked_at_now_is_not_gone(
    instance: DagsterInstance,
    reference: InstanceRef,
    sleeper: subprocess.Popen[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run, before = started_run(instance, sleeper.pid), _pidfds()
    orphan = Orphan(run.run_id, reference)

    def full(*_: object) -> int:
        raise OSError(errno.EMFILE, "too many open files")

    for target, name in ((os, "pidfd_open"), (orphans, "start_ticks")):
        with monkeypatch.context() as patch:
            patch.setattr(target, name, full)
            with pytest.raises(OSError, match="too many"):
                orphan.is_settled()
    assert _pidfds() == before
    assert status(instance, run) == DagsterRunStatus.STARTED
    assert not orphan.is_settled()


@pytest.mark.integration
def test_a_server_that_may_be_there_has_time_to_report_first(
    instance: DagsterInstance, reference: InstanceRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    reported, silent = started_run(instance, gone.pid), started_run(instance, gone.pid)
    waiting = {run.run_id: Orphan(run.run_id, reference, patience=600) for run in (reported, silent)}
    assert not any(orphan.is_settled() for orphan in waiting.values())
    instance.report_run_failed(reported, "by its server")
    assert waiting[reported.run_id].is_settled()
    later = time.monotonic() + 601
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert waiting[silent.run_id].is_settled()
    assert status(instance, silent) == DagsterRunStatus.FAILURE


@pytest.mark.integration
def test_where_all_processes_are_gone_the_number_says_nothing(
    instance: DagsterInstance, reference: InstanceRef
) -> None:
    run = started_run(instance, os.getpid())
    assert Orphan(run.run_id, reference, is_over=True).is_settled()
    assert status(instance, run) == DagsterRunStatus.FAILURE


@pytest.mark.integration
def test_a_descriptor_is_not_kept(instance: DagsterInstance, reference: InstanceRef) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    run = started_run(instance, child.pid)
    orphan = Orphan(run.run_id, reference)
    before = _pidfds()
    assert not orphan.is_settled()
    assert _pidfds() == before + 1
    child.communicate()
    until(orphan.is_settled, "the report")
    assert _pidfds() == before


def _pidfds() -> int:
    links = [Path(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd")]  # noqa: PTH208
    return sum("pidfd" in str(link.readlink()) for link in links if link.is_symlink())
