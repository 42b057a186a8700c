"""Sensors that start jobs."""

# Dagster and pyarrow leave parts of their types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest

pytestmark = pytest.mark.integration


def tick(project: Any, instance: dg.DagsterInstance, cursor: str | None = None) -> Any:
    repository = project.load().get_repository_def()
    context = dg.build_sensor_context(instance=instance, cursor=cursor, repository_def=repository)
    return repository.get_sensor_def("inbox").evaluate_tick(context)


@pytest.mark.parametrize("watch", ["inbox/*.csv", "inbox/**"])
def test_each_new_state_of_files_asks_for_one_run(watch: str, project: Any) -> None:
    project.model("marts/a", "select 1 as x")
    project.component(
        "sensors/inbox", "FileSensor", {"name": "inbox", "watch": watch, "asset_selection": "marts/a"}
    )
    with dg.DagsterInstance.ephemeral() as instance:
        assert not tick(project, instance).run_requests
        project.write("inbox/a.csv", "x\n1\n")
        first = tick(project, instance)
        again = tick(project, instance, first.cursor)
        project.write("inbox/b.csv", "x\n2\n")
        second = tick(project, instance, first.cursor)

    assert len(first.run_requests) == len(second.run_requests) == 1
    assert not again.run_requests
    assert first.run_requests[0].run_key != second.run_requests[0].run_key


def test_a_materialization_asks_for_a_run_of_its_partition(project: Any) -> None:
    project.model("marts/a", "select 1 as x", partitions={"daily": "2024-01-01"})
    project.model("marts/b", "select 1 as x", partitions={"daily": "2024-01-01"})
    project.component(
        "sensors/inbox", "AssetSensor", {"name": "inbox", "asset": "marts/a", "asset_selection": "marts/b"}
    )
    with dg.DagsterInstance.ephemeral() as instance:
        project.run("key:marts/a", instance=instance, partitions=("2024-01-02", "2024-01-02"))
        found = tick(project, instance)

    assert [request.partition_key for request in found.run_requests] == ["2024-01-02"]


def test_demo_mode_leaves_sensors_stopped(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGWAY_DEMO", "1")
    project.model("marts/a", "select 1 as x")
    project.component("sensors/inbox", "FileSensor", {"name": "inbox", "watch": "inbox/*.csv"})

    assert project.load().resolve_sensor_def("inbox").default_status == dg.DefaultSensorStatus.STOPPED
