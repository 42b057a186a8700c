"""Connections to PostgreSQL that stay open: how many, how long, and whose."""

# pyright: reportPrivateImportUsage=false, reportUnknownMemberType=false

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from dagster import DagsterInstance, DagsterRun
from dagster._core.instance.ref import InstanceRef

from dagway._dagster import postgres_engines, reuse
from tests.processes import until

pytestmark = pytest.mark.integration


@pytest.fixture
def instance(
    tmp_path: Path, postgres_url: str, storages: reuse.Storages, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DagsterInstance]:
    """One whose three storages are in the database. Its connections stay until it is asked for, however slow the machine."""
    monkeypatch.setattr(postgres_engines, "IDLE", 600.0)
    address = postgres_url.replace("postgresql://", "postgresql+psycopg2://", 1)
    (tmp_path / "dagster.yaml").write_text(
        f"telemetry: {{enabled: false}}\nstorage: {{postgres: {{postgres_url: '{address}'}}}}\n"
    )
    with DagsterInstance.from_ref(InstanceRef.from_dir(str(tmp_path))) as found:
        yield found
    storages.close()


def connections(url: str) -> list[int]:
    """The processes of the server that serve the database, but for the one that tells it."""
    with psycopg.connect(url) as connection:
        asked = (
            "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        )
        return sorted(row[0] for row in connection.execute(asked))


def started_run(instance: DagsterInstance) -> DagsterRun:
    run = DagsterRun("job")
    instance.add_run(run)
    instance.report_engine_event("started", run)
    return run


def test_runs_events_and_schedules_share_one_connection_that_stays(
    instance: DagsterInstance, postgres_url: str
) -> None:
    run = started_run(instance)
    first = connections(postgres_url)
    instance.report_engine_event("more", run)
    assert [entry.message for entry in instance.all_logs(run.run_id)] == ["started", "more"]
    assert instance.all_instigator_state() == []
    assert len(first) == 1
    assert connections(postgres_url) == first


def test_a_connection_that_nobody_uses_is_closed_and_made_anew(
    instance: DagsterInstance,
    postgres_url: str,
    storages: reuse.Storages,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    storages.close()
    monkeypatch.setattr(postgres_engines, "IDLE", 0.0)
    run = started_run(instance)
    until(lambda: not connections(postgres_url), "the connection is closed")
    until(lambda: "dagway-idle" not in {one.name for one in threading.enumerate()}, "the thread has ended")
    instance.report_engine_event("more", run)
    assert len(instance.all_logs(run.run_id)) == 2


def test_nothing_is_open_and_no_thread_left_when_a_process_is_to_be_copied(
    instance: DagsterInstance, postgres_url: str, storages: reuse.Storages
) -> None:
    run = started_run(instance)
    assert "dagway-idle" in {thread.name for thread in threading.enumerate()}
    storages.close()
    assert connections(postgres_url) == []
    assert "dagway-idle" not in {thread.name for thread in threading.enumerate()}
    instance.report_engine_event("more", run)
    assert len(connections(postgres_url)) == 1


def test_a_process_that_user_code_forks_opens_a_connection_of_its_own(
    instance: DagsterInstance, postgres_url: str
) -> None:
    run = started_run(instance)
    (inherited,) = connections(postgres_url)
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            instance.report_engine_event("from the child", run)
            code = 0 if len(connections(postgres_url)) == 2 else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    instance.report_engine_event("from the parent", run)
    # The parent's own is still the one it had.
    assert inherited in connections(postgres_url)
    assert [entry.message for entry in instance.all_logs(run.run_id)] == [
        "started",
        "from the child",
        "from the parent",
    ]


def test_a_connection_that_the_server_has_closed_is_made_anew(
    instance: DagsterInstance, postgres_url: str
) -> None:
    run = started_run(instance)
    (kept,) = connections(postgres_url)
    with psycopg.connect(postgres_url) as connection:
        connection.execute("select pg_terminate_backend(%s)", [kept])
    until(lambda: kept not in connections(postgres_url), "the server has closed it")
    instance.report_engine_event("more", run)
    assert len(instance.all_logs(run.run_id)) == 2


def test_where_no_thread_can_start_the_connection_stays_and_nothing_fails(
    instance: DagsterInstance,
    postgres_url: str,
    storages: reuse.Storages,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    storages.close()

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    run = started_run(instance)
    assert len(instance.all_logs(run.run_id)) == 1
    assert len(connections(postgres_url)) == 1
    storages.close()
    assert connections(postgres_url) == []
