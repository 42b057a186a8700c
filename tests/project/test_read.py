"""Each field of the frozen project, read from one project that uses all of them."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from dagway.project.load import load
from dagway.project.model import Check, Column, Project, Resource, Schedule, Sensor

Write = Callable[[Mapping[str, str]], Path]

EVERYTHING = """
    import datetime
    import dagster as dg

    daily = dg.DailyPartitionsDefinition("2024-01-01")

    source = dg.AssetSpec(["shop", "orders"], group_name="sources")


    @dg.asset(
        key=["staging", "orders"],
        deps=[source],
        kinds={"duckdb", "sql"},
        group_name="staging",
        owners=["team:data", "ann@example.com"],
        tags={"domain": "sales"},
        description="Orders, typed.",
        automation_condition=dg.AutomationCondition.on_cron("0 6 * * *", "Europe/Berlin"),
        partitions_def=daily,
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=datetime.timedelta(hours=26)),
        metadata={
            "table": "staging.orders",
            "limit": 3,
            "hidden": dg.MetadataValue.json({}),
            "dagster/column_schema": dg.TableSchema(
                [dg.TableColumn("id", "bigint", description="The key."), dg.TableColumn("at", "date")]
            ),
        },
    )
    def orders(): ...


    @dg.asset_check(asset=orders, blocking=True, description="No duplicates.")
    def unique():
        return dg.AssetCheckResult(passed=True)


    @dg.asset_check(asset=orders)
    def fresh():
        return dg.AssetCheckResult(passed=True)


    class Shop(dg.ConfigurableResource):
        url: str = ""


    refresh = dg.define_asset_job("refresh", selection=[orders], description="All orders.")


    @dg.sensor(job=refresh, minimum_interval_seconds=60)
    def polls(): ...


    defs = dg.Definitions(
        assets=[source, orders],
        asset_checks=[unique, fresh],
        jobs=[refresh],
        schedules=[
            dg.ScheduleDefinition(
                name="mornings",
                job=refresh,
                cron_schedule="0 7 * * *",
                execution_timezone="Europe/Berlin",
                default_status=dg.DefaultScheduleStatus.RUNNING,
            )
        ],
        sensors=[polls, dg.AutomationConditionSensorDefinition("follows", target=[orders])],
        resources={"shop": Shop()},
    )
"""


@pytest.fixture
def project(write: Write) -> Project:
    return load(write({"definitions.py": EVERYTHING}))


def test_asset(project: Project) -> None:
    orders = project.by_key[("staging", "orders")]
    assert orders.deps == (("shop", "orders"),)
    assert orders.kinds == ("duckdb", "sql")
    assert orders.group == "staging"
    assert orders.owners == ("team:data", "ann@example.com")
    assert orders.tags == (("domain", "sales"),), "tags that Dagster keeps for kinds are left out"
    assert orders.description == "Orders, typed."
    assert orders.automation == "on_cron(0 6 * * *, Europe/Berlin)"
    assert orders.partitions == "Daily, starting 2024-01-01 UTC"
    assert orders.freshness == "within 26 h"
    assert orders.executable
    assert not orders.external


def test_checks_in_the_order_of_their_names(project: Project) -> None:
    checks = project.by_key[("staging", "orders")].checks
    assert checks == (Check("fresh", False, None), Check("unique", True, "No duplicates."))


def test_columns_and_metadata_that_has_a_text(project: Project) -> None:
    orders = project.by_key[("staging", "orders")]
    assert orders.columns == (Column("id", "bigint", "The key."), Column("at", "date", None))
    assert orders.metadata == (("limit", "3"), ("table", "staging.orders"))


def test_position_of_the_function(project: Project) -> None:
    position = project.by_key[("staging", "orders")].position
    assert position is not None
    assert position.path == project.root / "definitions.py"
    assert position.line == 1 + EVERYTHING.splitlines().index("    @dg.asset(")


def test_source_is_external_and_not_executable(project: Project) -> None:
    source = project.by_key[("shop", "orders")]
    assert source.external
    assert not source.executable
    assert source.position is None


def test_jobs_without_the_ones_that_dagster_adds(project: Project) -> None:
    (job,) = project.jobs
    assert (job.name, job.assets, job.description) == ("refresh", (("staging", "orders"),), "All orders.")


def test_schedule(project: Project) -> None:
    assert project.schedules == (
        Schedule("mornings", "0 7 * * *", "Europe/Berlin", "refresh", (("staging", "orders"),), "RUNNING"),
    )


def test_sensors_target_jobs_or_assets(project: Project) -> None:
    polls, follows = sorted(project.sensors, key=lambda sensor: sensor.name, reverse=True)
    assert polls == Sensor("polls", "STANDARD", ("refresh",), 60, "STOPPED")
    assert (follows.kind, follows.targets) == ("AUTOMATION", ("staging/orders",))


def test_resource(project: Project) -> None:
    assert Resource("shop", "definitions.Shop") in project.resources
