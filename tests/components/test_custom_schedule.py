"""A team's own component of a scheduled job, as guides for Dagster write one, and its YAML on Dagway's component too."""

# Dagster leaves the type parameters of run requests open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from dagway._dagster.ticks import ticks

pytestmark = pytest.mark.integration

COMPONENT = '''
from dataclasses import dataclass
import dagster as dg
from dagster.components import Component, ComponentLoadContext, Resolvable

@dataclass
class ScheduledJobComponent(Component, Resolvable):
    """Component for scheduling assets using flexible selection syntax."""

    job_name: str
    cron_schedule: str
    asset_selection: str  # Selection string using tags, groups, kinds, etc.

    def build_defs(self, context: ComponentLoadContext) -> dg.Definitions:
        """Build a scheduled job with flexible asset selection."""

        job = dg.define_asset_job(
            name=self.job_name,
            selection=self.asset_selection,
        )

        schedule = dg.ScheduleDefinition(
            job=job,
            cron_schedule=self.cron_schedule,
        )

        return dg.Definitions(schedules=[schedule], jobs=[job])
'''
YAML = """
# Daily finance job - selects by tags
type: my_project.components.ScheduledJobComponent
attributes:
  job_name: "daily_finance_job"
  cron_schedule: "0 6 * * *" # 6 AM UTC daily
  asset_selection: "tag:schedule=daily tag:domain=finance"

---
# Hourly critical operations - selects by priority
type: my_project.components.ScheduledJobComponent
attributes:
  job_name: "hourly_ops_job"
  cron_schedule: "0 * * * *" # Every hour
  asset_selection: "tag:priority=critical"

---
# Weekly analytics - selects by group
type: my_project.components.ScheduledJobComponent
attributes:
  job_name: "weekly_analytics_job"
  cron_schedule: "0 8 * * 1" # Monday 8 AM UTC
  asset_selection: "group:sales_analytics"

---
# All dbt models - selects by kind
type: my_project.components.ScheduledJobComponent
attributes:
  job_name: "dbt_refresh_job"
  cron_schedule: "0 4 * * *" # 4 AM UTC daily
  asset_selection: "kind:dbt"
"""
OWN = "my_project.components.ScheduledJobComponent"
SHORTHAND = "tag:schedule=daily tag:domain=finance"
JOBS = {
    "daily_finance_job": ({"marts/both"}, datetime(2024, 3, 4, 6, tzinfo=UTC)),
    "hourly_ops_job": ({"marts/critical"}, datetime(2024, 3, 4, 7, tzinfo=UTC)),
    "weekly_analytics_job": ({"marts/analytics"}, datetime(2024, 3, 4, 8, tzinfo=UTC)),
    "dbt_refresh_job": ({"marts/modelled"}, datetime(2024, 3, 5, 4, tzinfo=UTC)),
}


@pytest.fixture(params=["the team's own", "Dagway's"])
def scheduled(request: pytest.FixtureRequest, project: Any) -> Any:
    """A project of six assets, one of them for no job, with the four schedules."""
    if request.param == "Dagway's":
        text = YAML.replace(OWN, "dagway.components.ScheduledJob")
    else:
        # Dagster's grammar has no shorthand: a blank between two conditions is `and` there.
        text = YAML.replace(OWN, f"{project.package}.components.ScheduledJobComponent")
        text = text.replace(SHORTHAND, SHORTHAND.replace(" ", " and "))
        project.write("PACKAGE/components/__init__.py", COMPONENT)
    project.write("PACKAGE/defs/schedules/defs.yaml", text)
    attributes: dict[str, dict[str, Any]] = {
        "both": {"tags": {"schedule": "daily", "domain": "finance"}},
        "daily": {"tags": {"schedule": "daily"}},
        "finance": {"tags": {"domain": "finance"}},
        "critical": {"tags": {"priority": "critical"}},
        "analytics": {"group": "sales_analytics"},
        "modelled": {"kinds": ["dbt"]},
    }
    for name, given in attributes.items():
        project.model(f"marts/{name}", "select 1 as id", **given)
    return project


@pytest.mark.parametrize("name", JOBS)
def test_a_tick_starts_the_job_and_the_job_builds_what_it_selects(
    scheduled: Any, read: Any, name: str
) -> None:
    wanted, moment = JOBS[name]
    defs = scheduled.load()
    repository = defs.get_repository_def()
    [schedule] = [one for one in repository.schedule_defs if one.job_name == name]

    before = moment - timedelta(hours=1, seconds=-1)
    assert next(ticks(schedule.cron_schedule, schedule.execution_timezone or "UTC", before)) == moment
    context = dg.build_schedule_context(scheduled_execution_time=moment, repository_def=repository)
    [request] = schedule.evaluate_tick(context).run_requests or []

    job = defs.resolve_job_def(name)
    result = job.execute_in_process(run_config=request.run_config, tags=dict(request.tags))
    assert result.success, read.failure(result)
    assert {event.asset_key.to_user_string() for event in result.get_asset_materialization_events()} == wanted
