"""The batched event log leaves what the stock one leaves: same rows, same ids, same answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as db

from dagway._dagster.batched import SUPPORTED, BatchedEventLogStorage, batched_instance, commit

SETTINGS = "telemetry:\n  enabled: false\n"


@dg.asset(check_specs=[dg.AssetCheckSpec("positive", asset="first")])
def first():
    passed = dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN)
    return dg.MaterializeResult[Any](metadata={"dagster/row_count": 3}, check_results=[passed])


@dg.asset(deps=[first])
def second() -> None: ...


@dg.asset(deps=[second])
def third() -> None:
    raise ValueError("third fails")


@dg.asset(
    partitions_def=dg.DailyPartitionsDefinition("2024-01-01", end_date="2024-01-03"),
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=[dg.AssetCheckSpec("whole", asset="parts")],
)
def parts():
    return dg.MaterializeResult[Any](check_results=[dg.AssetCheckResult(passed=True)])


@dg.asset_check(asset=first)
def alone() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


def materialize(instance: dg.DagsterInstance) -> None:
    assets = [first, second, third, alone]
    for _ in range(2):
        assert not dg.materialize(assets, instance=instance, raise_on_error=False).success
    dg.materialize([parts], instance=instance, partition_key="2024-01-02")
    # Of a range, Dagster plans the check for each day and stores one result of the whole: a row that no plan foresaw.
    ends = {
        "dagster/asset_partition_range_start": "2024-01-01",
        "dagster/asset_partition_range_end": "2024-01-02",
    }
    assert dg.materialize([parts], instance=instance, tags=ends).success
    assert dg.materialize([parts], instance=instance, partition_key="2024-01-01").success


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "dagster.yaml").write_text(SETTINGS)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stock")
    (folder / "dagster.yaml").write_text(SETTINGS)
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        materialize(instance)
    return folder


def rows(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The index database without what differs from run to run."""
    engine = db.create_engine(f"sqlite:///{folder}/history/runs/index.db")
    queries = {
        "events": "select id, dagster_event_type, step_key, asset_key, partition from event_logs order by id",
        "assets": "select id, asset_key, last_materialization is not null, last_run_id is not null"
        ", last_materialization_timestamp is not null from asset_keys order by id",
        "tags": "select event_id, asset_key, key, value from asset_event_tags where key not like '%run_id%' order by 1, 2, 3",
        "checks": "select id, asset_key, check_name, partition, execution_status, evaluation_event_storage_id"
        ", materialization_event_storage_id, create_timestamp is not null, evaluation_event = (select event from"
        " event_logs where id = evaluation_event_storage_id) from asset_check_executions order by id",
    }
    with engine.connect() as connection:
        return {
            name: [tuple(row) for row in connection.execute(db.text(sql))] for name, sql in queries.items()
        }


def without_versions(tags: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Data versions are made from run ids: their keys must be equal, not their values."""
    return [row if "event_pointer" in row[2] else row[:3] for row in tags]


@pytest.mark.integration
class TestBatched:
    def test_the_rows_are_those_of_the_stock_storage(self, home: Path, stock: Path) -> None:
        with batched_instance() as instance:
            assert isinstance(instance.event_log_storage, BatchedEventLogStorage) is SUPPORTED
            materialize(instance)
        found, expected = rows(home), rows(stock)
        found["tags"], expected["tags"] = without_versions(found["tags"]), without_versions(expected["tags"])
        assert found == expected

    def test_the_events_of_a_run_are_those_of_the_stock_storage(self, home: Path, stock: Path) -> None:
        def kinds(instance: dg.DagsterInstance) -> list[list[Any]]:
            runs = sorted(instance.get_run_records(), key=lambda record: record.storage_id)
            return [
                [
                    entry.dagster_event_type
                    for entry in instance.all_logs(run.dagster_run.run_id)
                    if entry.is_dagster_event
                ]
                for run in runs
            ]

        with batched_instance() as instance:
            materialize(instance)
        with dg.DagsterInstance.get() as found, dg.DagsterInstance.from_config(str(stock)) as expected:
            assert kinds(found) == kinds(expected)
            assert [run.status for run in found.get_runs()] == [run.status for run in expected.get_runs()]

    @pytest.mark.skipif(
        not SUPPORTED, reason="this Dagster keeps its stock storage, which commits each event"
    )
    def test_others_see_the_events_after_the_commit(self, home: Path) -> None:
        del home
        with batched_instance() as instance, dg.DagsterInstance.get() as other:
            materialize(instance)
            assert instance.get_latest_materialization_event(second.key) is not None
            assert other.get_latest_materialization_event(second.key) is None
            commit(instance)
            assert other.get_latest_materialization_event(second.key) is not None

    def test_a_record_that_was_read_follows_the_next_event(self, home: Path) -> None:
        del home
        with batched_instance() as instance:
            read: list[str | None] = []
            for _ in range(2):
                result = dg.materialize([first], instance=instance)
                (record,) = instance.get_asset_records([first.key])
                entry = record.asset_entry.last_materialization
                assert entry is not None
                assert entry.run_id == result.run_id
                read.append(entry.run_id)
            assert len(set(read)) == 2

    def test_another_storage_is_left_alone(self, home: Path) -> None:
        module = "dagster._core.storage.event_log"
        (home / "dagster.yaml").write_text(
            f"event_log_storage:\n  module: {module}\n  class: ConsolidatedSqliteEventLogStorage\n"
            f"  config:\n    base_dir: {home}\n"
        )
        with batched_instance() as instance:
            assert not isinstance(instance.event_log_storage, BatchedEventLogStorage)
