"""Connections to SQLite that stay open: how many, and whose."""

# pyright: reportPrivateImportUsage=false, reportUnknownMemberType=false

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance, DagsterRun
from dagster._core.instance.ref import InstanceRef
from sqlalchemy.sql.compiler import SQLCompiler

from dagway._dagster import reuse

pytestmark = pytest.mark.integration


@pytest.fixture
def instance(tmp_path: Path, storages: reuse.Storages) -> Iterator[DagsterInstance]:
    reference = InstanceRef.from_dir(str(tmp_path), overrides={"telemetry": {"enabled": False}})
    with DagsterInstance.from_ref(reference) as found:
        yield found
    storages.close()


def databases() -> list[str]:
    """The names of the database files that this process has open, one for each time."""
    links = [Path(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd")]  # noqa: PTH208
    return [link.readlink().name for link in links if link.is_symlink() and link.readlink().suffix == ".db"]


def started_run(instance: DagsterInstance) -> DagsterRun:
    run = DagsterRun("job")
    instance.add_run(run)
    instance.report_engine_event("started", run)
    return run


def test_a_process_that_reads_of_many_runs_keeps_the_connections_of_few(instance: DagsterInstance) -> None:
    runs = [started_run(instance) for _ in range(3 * reuse.MOST)]
    for run in runs:
        assert len(instance.all_logs(run.run_id)) == 1
    assert len(databases()) <= reuse.MOST
    # The last one stays, for the next question.
    assert f"{runs[-1].run_id}.db" in databases()


def test_a_process_that_user_code_forks_opens_connections_of_its_own(instance: DagsterInstance) -> None:
    run = started_run(instance)
    inherited = databases().count(f"{run.run_id}.db")
    assert inherited > 0
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            instance.report_engine_event("from the child", run)
            code = 0 if databases().count(f"{run.run_id}.db") > inherited else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    instance.report_engine_event("from the parent", run)
    assert [entry.message for entry in instance.all_logs(run.run_id)] == [
        "started",
        "from the child",
        "from the parent",
    ]


def test_a_statement_is_compiled_once_for_the_databases_of_all_runs(
    instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def report(run: DagsterRun) -> None:
        instance.report_engine_event("again", run)
        instance.all_logs(run.run_id)

    # The dialect of an engine is known once it has connected: the one of the first database serves those after it.
    report(started_run(instance))
    report(started_run(instance))
    compiled: list[Any] = []
    stock = SQLCompiler.__init__

    def compile_(self: SQLCompiler, dialect: Any, statement: Any, *arguments: Any, **named: Any) -> None:
        compiled.append(statement)
        stock(self, dialect, statement, *arguments, **named)

    monkeypatch.setattr(SQLCompiler, "__init__", compile_)
    report(started_run(instance))
    monkeypatch.setattr(SQLCompiler, "__init__", stock)
    texts = [str(statement) for statement in compiled]
    # Each database gets its tables and its version.
    assert [text for text in texts if "event_logs" in text] == []
    assert any("alembic_version" in text for text in texts)
