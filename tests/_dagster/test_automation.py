"""What is read of schedules, sensors and jobs that Dagster keeps private: each fails by name when Dagster moves it."""

from typing import Any

import dagster as dg
import pytest

from dagway._dagster.automation import (
    is_asset_job,
    schedule_function,
    sensor_function,
    starts_unpartitioned_runs,
)

#: The types of Dagster's own decorators are known in part only.
loose: Any = dg


@dg.asset
def orders() -> None: ...


@dg.op
def work() -> None: ...


@loose.job
def chores() -> None:
    work()


def own(context: Any) -> dg.RunRequest:
    return dg.RunRequest()


assets_job = loose.define_asset_job("assets_job", selection=[orders])
plain = dg.ScheduleDefinition(name="plain", job=assets_job, cron_schedule="@daily")
tagged = dg.ScheduleDefinition(
    name="tagged", job=assets_job, cron_schedule="@daily", tags_fn=lambda context: {}
)
decorated = loose.schedule(job=assets_job, cron_schedule="@daily")(own)
given = dg.ScheduleDefinition(name="given", job=assets_job, cron_schedule="@daily", execution_fn=own)


def test_a_job_of_assets_and_one_of_operations() -> None:
    repository = dg.Definitions([orders], jobs=[assets_job, chores]).get_repository_def()
    assert is_asset_job(repository.get_job("assets_job"))
    assert not is_asset_job(repository.get_job("chores"))


def test_the_functions_behind_schedules_and_sensors() -> None:
    assert schedule_function(decorated) is own
    assert schedule_function(plain) is None
    assert sensor_function(loose.sensor(job=assets_job)(own)) is own


@pytest.mark.parametrize(
    ("schedule", "expected"), [(plain, True), (tagged, False), (decorated, False), (given, False)]
)
def test_whether_a_tick_certainly_has_no_partition(schedule: dg.ScheduleDefinition, expected: bool) -> None:
    assert starts_unpartitioned_runs(schedule) is expected
