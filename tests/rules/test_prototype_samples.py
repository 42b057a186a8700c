"""The samples of the prototype's workflow, as they are written there: what they say is found."""

from __future__ import annotations

from typing import Any

FILES = {
    "shop/definitions.py": """\
from dagster import Definitions
from dagster_dg import load_defs
from shop.defs.assets import customers
from shop.defs.resources import MyDatabaseResource

component_defs = load_defs()

pythonic_defs = Definitions(
    assets=[customers],
    resources={"database": MyDatabaseResource()},
)

defs = Definitions.merge(component_defs, pythonic_defs)
""",
    "shop/lib/component.py": """\
import dagster as dg
from dagster.components import Component, component

@component(name="my_component")
class MyComponent(Component):
    def build_defs(self, context):
        return dg.Definitions(assets=[])
""",
    "shop/policies.py": """\
from datetime import timedelta
from dagster import InternalFreshnessPolicy

global_freshness_policy = InternalFreshnessPolicy.time_window(fail_window=timedelta(hours=36))
""",
    "shop/defs/dbt.py": """\
from dagster_dbt import load_assets_from_dbt_project
""",
    "shop/defs/assets.py": """\
import dagster as dg

@dg.asset(tags={"dagster/kind/snowflake": ""}, key=["purina", "oss_analytics", "dagster_pypi_downloads"])
def my_asset(context, snowflake): ...

@dg.asset(group_name="analytics", compute_kind="dbt")
def asset_name(context): ...
""",
    "shop/defs/daily_finance_job/defs.yaml": """\
type: my_project.components.ScheduledJobComponent
attributes:
  job_name: "daily_finance_job"
  cron_schedule: "0 6 * * *" # 6 AM UTC daily
  asset_selection: "tag:schedule=daily tag:domain=finance"

---
type: my_project.components.ScheduledJobComponent
attributes:
  job_name: "hourly_ops_job"
  asset_selection: "tag:priority=critical"
---
type: my_project.components.ScheduledJobComponent
attributes:
  job_name: "patterns"
  asset_selection: "*pattern*"
---
type: my_project.components.ScheduledJobComponent
attributes:
  job_name: "owners"
  asset_selection: "owner:data@example.com | kind:dbt"
""",
    "shop/defs/fivetran/component.yaml": "type: shop.lib.FivetranComponent\n",
}
FOUND = {
    ("shop/definitions.py", 2, "removed-api"),
    ("shop/lib/component.py", 4, "removed-api"),
    ("shop/lib/component.py", 5, "component-not-resolvable"),
    ("shop/policies.py", 2, "removed-api"),
    ("shop/defs/dbt.py", 1, "removed-api"),
    ("shop/defs/assets.py", 3, "asset-kind-legacy"),
    ("shop/defs/assets.py", 6, "asset-kind-legacy"),
    ("shop/defs/daily_finance_job/defs.yaml", 5, "selection-syntax"),
    ("shop/defs/daily_finance_job/defs.yaml", 16, "selection-wildcard"),
    ("shop/defs/daily_finance_job/defs.yaml", 21, "selection-syntax"),
    ("shop/defs/fivetran/component.yaml", 1, "component-file-legacy"),
}
RULES = {rule for _, _, rule in FOUND}


def test_what_the_samples_say_is_found(checked: Any) -> None:
    report = checked(FILES, *RULES)
    assert {(item.path, item.line, item.rule) for item in report.findings} == FOUND
