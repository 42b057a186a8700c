"""Jobs that run at fixed times."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import dagster as dg
import pytest

pytestmark = pytest.mark.integration


def schedule(project: Any, **attributes: Any) -> None:
    project.component(
        "schedules/daily",
        "ScheduledJob",
        {"job_name": "daily_job", "cron_schedule": "0 5 * * *", "timezone": "Europe/Berlin", **attributes},
    )


def tick(project: Any, at: datetime) -> list[Any]:
    defs = project.load()
    repository = defs.get_repository_def()
    context = dg.build_schedule_context(scheduled_execution_time=at, repository_def=repository)
    return list(repository.get_schedule_def("daily_job_schedule").evaluate_tick(context).run_requests or [])


def test_shorthand_selects_and_runs(project: Any, read: Any) -> None:
    project.model("marts/a", "select 1 as x", tags={"domain": "sales"})
    project.model("marts/b", "select 1 as x")
    schedule(project, asset_selection="tag:domain=sales")
    defs = project.load()

    result = defs.resolve_job_def("daily_job").execute_in_process()

    assert {event.asset_key.to_user_string() for event in result.get_asset_materialization_events()} == {
        "marts/a"
    }
    found = defs.resolve_schedule_def("daily_job_schedule")
    assert found.cron_schedule == "0 5 * * *"
    assert found.execution_timezone == "Europe/Berlin"
    assert found.default_status == dg.DefaultScheduleStatus.RUNNING


def test_an_empty_selection_is_an_error_when_the_definitions_load(project: Any) -> None:
    project.model("marts/a", "select 1 as x")
    schedule(project, asset_selection="tag:domain=sales")

    with pytest.raises(dg.DagsterInvalidDefinitionError) as error:
        dg.Definitions.validate_loadable(project.load())

    assert "selects no asset" in str(error.value.__cause__)


def test_demo_mode_leaves_the_schedule_stopped(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    project.model("marts/a", "select 1 as x")
    schedule(project, asset_selection="*")
    monkeypatch.setenv("DAGWAY_DEMO", "1")

    found = project.load().resolve_schedule_def("daily_job_schedule")

    assert found.default_status == dg.DefaultScheduleStatus.STOPPED


def test_a_tick_asks_for_the_last_complete_partition(project: Any) -> None:
    project.model(
        "marts/a",
        "select date '2024-03-01' as day",
        partitions={"daily": "2024-01-01"},
        timezone="Europe/Berlin",
    )
    schedule(project, asset_selection="*")

    requests = tick(project, datetime(2024, 3, 2, 4, 0, tzinfo=UTC))

    assert [request.partition_key for request in requests] == ["2024-03-01"]


def test_a_tick_before_the_first_partition_is_complete_asks_for_nothing(project: Any) -> None:
    project.model("marts/a", "select 1 as x", partitions={"daily": "2024-01-01"})
    schedule(project, asset_selection="*")

    assert tick(project, datetime(2024, 1, 1, 5, 0, tzinfo=UTC)) == []


@pytest.mark.parametrize(("beside", "runs"), [(False, 1), (True, 2)])
def test_a_partition_runs_once_unless_assets_without_partitions_run_beside_it(
    project: Any, beside: bool, runs: int
) -> None:
    project.model("marts/a", "select 1 as x", partitions={"daily": "2024-01-01", "end": "2024-02-01"})
    if beside:
        project.model("marts/b", "select 1 as x")
    schedule(project, asset_selection="*")

    requests = [
        request for day in (2, 3) for request in tick(project, datetime(2024, 3, day, 4, 0, tzinfo=UTC))
    ]

    assert {request.partition_key for request in requests} == {"2024-01-31"}
    assert len({request.run_key for request in requests}) == runs


SEEN = {
    "marts/orders": {"schedule": "daily", "domain": "finance"},
    "marts/costs": {"schedule": "daily", "domain": "sales"},
    "marts/margin": {"schedule": "hourly", "domain": "finance", "priority": "critical"},
}


@pytest.mark.parametrize(
    ("selection", "chosen"),
    [
        ("tag:schedule=daily tag:domain=finance", {"marts/orders"}),
        ("tag:schedule=daily and tag:domain=finance", {"marts/orders"}),
        ("tag:domain=sales | tag:domain=finance", set(SEEN)),
        ("tag:priority=critical", {"marts/margin"}),
        ("group:marts", set(SEEN)),
        ("kind:sql", set(SEEN)),
        ("owner:ann@example.com", {"marts/costs"}),
        ("owner:team:data", {"marts/margin"}),
        ("*mar*gin*", {"marts/margin"}),
        ("*marts/or*", {"marts/orders"}),
    ],
)
def test_a_selection_runs_what_it_says(project: Any, selection: str, chosen: set[str]) -> None:
    owners = {"marts/costs": ["ann@example.com"], "marts/margin": ["team:data"]}
    for key, tags in SEEN.items():
        project.model(key, "select 1 as x", tags=tags, owners=owners.get(key, []))
    schedule(project, asset_selection=selection)

    result = project.load().resolve_job_def("daily_job").execute_in_process()

    built = {event.asset_key.to_user_string() for event in result.get_asset_materialization_events()}
    assert built == chosen
