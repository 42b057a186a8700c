"""The samples of the prototype's workflow in a project that loads: what they mean and do not say is found."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.integration

COMPONENT = """\
from dataclasses import dataclass
import dagster as dg
from dagster.components import Component, ComponentLoadContext, Resolvable

@dataclass
class ScheduledJobComponent(Component, Resolvable):
    job_name: str
    cron_schedule: str
    asset_selection: str

    def build_defs(self, context: ComponentLoadContext) -> dg.Definitions:
        job = dg.define_asset_job(name=self.job_name, selection=self.asset_selection)
        schedule = dg.ScheduleDefinition(job=job, cron_schedule=self.cron_schedule)
        return dg.Definitions(schedules=[schedule], jobs=[job])
"""
JOBS = """\
type: shop.components.ScheduledJobComponent
attributes:
  job_name: "finance_job"
  cron_schedule: "0 6 * * *" # 6 AM UTC daily
  asset_selection: "tag:schedule=daily tag:finance"
---
type: shop.components.ScheduledJobComponent
attributes:
  job_name: "hourly_ops_job"
  cron_schedule: "0 * * * *" # Every hour
  asset_selection: "tag:priority=critical"
---
type: shop.components.ScheduledJobComponent
attributes:
  job_name: "weekly_analytics_job"
  cron_schedule: "0 8 * * 1" # Monday 8 AM UTC
  asset_selection: "group:sales_analytics"
---
type: shop.components.ScheduledJobComponent
attributes:
  job_name: "dbt_refresh_job"
  cron_schedule: "0 4 * * *" # 4 AM UTC daily
  asset_selection: "kind:dbt"
"""
ASSETS = """\
import dagster as dg

@dg.asset(tags={"schedule": "daily", "finance": ""}, group_name="sales_analytics")
def revenue(): ...

@dg.asset(deps=[dg.AssetKey(["raw", "customers"])])
def processed_customers(): ...

my_job = dg.define_asset_job("my_job", selection=[revenue])

my_schedule = dg.ScheduleDefinition(
    job=my_job,
    cron_schedule="0 0 * * *",  # Daily at midnight
)
"""
FILES = {
    "pyproject.toml": '[tool.dg]\ndirectory_type = "project"\n[tool.dg.project]\nroot_module = "shop"\n',
    "shop/__init__.py": "",
    "shop/components.py": COMPONENT,
    "shop/definitions.py": """\
from pathlib import Path
import dagster as dg

@dg.definitions
def defs():
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
""",
    "shop/defs/__init__.py": "",
    "shop/defs/assets.py": ASSETS,
    "shop/defs/jobs/defs.yaml": JOBS,
}
FOUND = {
    ("shop/defs/assets.py", 6, "processed_customers", "dep-undefined"),
    ("shop/defs/assets.py", 11, "my_job_schedule", "schedule-timezone-missing"),
    # One tag with a space in it, as Dagster reads it; a tag and a kind that no asset has.
    ("shop/defs/jobs/defs.yaml", 1, "finance_job", "selection-empty"),
    ("shop/defs/jobs/defs.yaml", 1, "finance_job_schedule", "schedule-timezone-missing"),
    ("shop/defs/jobs/defs.yaml", 7, "hourly_ops_job", "selection-empty"),
    ("shop/defs/jobs/defs.yaml", 7, "hourly_ops_job_schedule", "schedule-timezone-missing"),
    ("shop/defs/jobs/defs.yaml", 13, "weekly_analytics_job_schedule", "schedule-timezone-missing"),
    ("shop/defs/jobs/defs.yaml", 19, "dbt_refresh_job", "selection-empty"),
    ("shop/defs/jobs/defs.yaml", 19, "dbt_refresh_job_schedule", "schedule-timezone-missing"),
}
RULES = ("selection-empty", "schedule-timezone-missing", "dep-undefined", "definitions-unloadable")


def test_what_the_samples_do_not_say_is_found(checked: Any) -> None:
    report = checked(FILES, *RULES, load=True)
    found = {(item.path, item.line, item.object, item.rule) for item in report.findings}
    assert found == FOUND
