"""Each field of the frozen project, read from one project that uses all of them."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from dagway.project.load import load
from dagway.project.model import Column, Position, Project, Resource, Schedule, Sensor

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


def line_of(project: Project, begin: str) -> Position:
    """The place in the file of the line that begins so."""
    lines = [line.strip() for line in EVERYTHING.splitlines()]
    number = next(number for number, line in enumerate(lines, 1) if line.startswith(begin))
    return Position(project.root / "definitions.py", number)


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
    fresh, unique = project.by_key[("staging", "orders")].checks
    assert (fresh.name, fresh.blocking, fresh.description) == ("fresh", False, None)
    assert (unique.name, unique.blocking, unique.description) == ("unique", True, "No duplicates.")
    assert unique.position == line_of(project, "@dg.asset_check(asset=orders, blocking")


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
    assert source.position
    assert source.position.line == 7


def test_jobs_without_the_ones_that_dagster_adds(project: Project) -> None:
    (job,) = project.jobs
    assert (job.name, job.assets, job.description) == ("refresh", (("staging", "orders"),), "All orders.")
    assert job.position == line_of(project, "refresh = dg.define_asset_job(")


def test_schedule(project: Project) -> None:
    (mornings,) = project.schedules
    assert mornings == Schedule(
        "mornings",
        "0 7 * * *",
        "Europe/Berlin",
        "refresh",
        (("staging", "orders"),),
        "RUNNING",
        unpartitioned=True,
        job_partitions="Daily, starting 2024-01-01 UTC",
        position=line_of(project, "dg.ScheduleDefinition("),
    )


def test_sensors_target_jobs_or_assets(project: Project) -> None:
    polls, follows = sorted(project.sensors, key=lambda sensor: sensor.name, reverse=True)
    orders = ("staging", "orders")
    assert polls == Sensor(
        "polls",
        "STANDARD",
        ("refresh",),
        60,
        "STOPPED",
        assets=(orders,),
        position=line_of(project, "@dg.sensor"),
    )
    assert (follows.kind, follows.targets, follows.assets) == ("AUTOMATION", ("staging/orders",), (orders,))
    assert (follows.evaluates, polls.evaluates) == (True, False)


def test_resource(project: Project) -> None:
    assert Resource("shop", "definitions.Shop") in project.resources


LOOSE = """
    import dagster as dg

    daily = dg.DailyPartitionsDefinition("2024-01-01", end_date="2024-01-11")
    regions = dg.StaticPartitionsDefinition(["eu", "us"])


    class Tables(dg.ConfigurableIOManager):
        def handle_output(self, context, obj): ...
        def load_input(self, context): ...


    class Shop(dg.ConfigurableResource):
        url: str = "{{ env('SHOP') }}"
        port: int = 1


    @dg.asset
    def nothing() -> None: ...


    @dg.asset
    def bare() -> dg.MaterializeResult:
        return dg.MaterializeResult(metadata={"rows": 1})


    @dg.asset
    def valued() -> dg.MaterializeResult:
        return dg.MaterializeResult(value=1)


    @dg.asset(io_manager_key="tables")
    def written() -> None: ...


    @dg.asset(partitions_def=daily, deps=["undefined"], metadata={"dagster-sling/stream": "orders"})
    def reads(nothing, bare, valued, written): ...


    @dg.asset(partitions_def=dg.MultiPartitionsDefinition({"day": daily, "region": regions}), deps=[nothing])
    def cells(): ...


    @dg.asset(partitions_def=dg.DynamicPartitionsDefinition(name="customers"))
    def dynamic(): ...


    @dg.asset_check(asset="gone")
    def lost():
        return dg.AssetCheckResult(passed=True)


    @dg.job
    def chores(): ...


    empty = dg.define_asset_job("empty", selection="tag:nowhere")
    checks_only = dg.define_asset_job("checks_only", selection=dg.AssetSelection.all_asset_checks())


    @dg.schedule(job=chores, cron_schedule="@daily", required_resource_keys={"shop"})
    def own(): ...


    @dg.sensor(asset_selection="tag:nowhere")
    def polls(): ...


    defs = dg.Definitions(
        assets=[nothing, bare, valued, written, reads, cells, dynamic],
        asset_checks=[lost],
        jobs=[chores, empty, checks_only],
        schedules=[
            own,
            dg.ScheduleDefinition(name="void", target="tag:nowhere", cron_schedule="@daily"),
            dg.ScheduleDefinition(
                name="computed", job=chores, cron_schedule="@daily", tags_fn=lambda context: {}
            ),
        ],
        sensors=[polls],
        resources={"shop": Shop(), "tables": Tables()},
    )
"""


@pytest.fixture
def loose(write: Write) -> Project:
    return load(write({"definitions.py": LOOSE}))


def test_a_key_that_nothing_defines_is_a_stub(loose: Project) -> None:
    assert {asset.key for asset in loose.assets if asset.stub} == {("undefined",), ("gone",)}
    (check,) = loose.by_key[("gone",)].checks
    assert (check.name, check.position is not None) == ("lost", True)


def test_what_the_io_manager_loads_and_what_it_certainly_has_not(loose: Project) -> None:
    assert loose.by_key[("reads",)].inputs == (("bare",), ("nothing",), ("valued",), ("written",))
    assert loose.by_key[("cells",)].inputs == ()
    assert {asset.key for asset in loose.assets if not asset.loadable} == {("nothing",), ("bare",)}


def test_partitions_are_counted_where_no_instance_is_needed(loose: Project) -> None:
    counts = {asset.key[0]: asset.partition_count for asset in loose.assets if asset.partitions}
    assert counts == {"reads": 10, "cells": 20, "dynamic": None}


def test_the_integration_that_made_an_asset(loose: Project) -> None:
    assert loose.by_key[("reads",)].integration == "dagster_sling"
    assert loose.by_key[("cells",)].integration is None


def test_selections_that_match_nothing(loose: Project) -> None:
    assert {job.name: job.empty for job in loose.jobs} == {
        "chores": False,
        "empty": True,
        "checks_only": False,
    }
    assert {item.name: item.empty for item in loose.schedules}["void"]
    assert [sensor.empty for sensor in loose.sensors] == [True]


def test_schedules_that_start_runs_without_a_partition(loose: Project) -> None:
    found = {item.name: item.unpartitioned for item in loose.schedules}
    assert found == {"own": False, "void": True, "computed": False}
    assert {item.name for item in loose.schedules if item.has_timezone} == set()


def test_resources_that_a_schedule_needs_and_fields_left_as_templates(loose: Project) -> None:
    assert {item.name: item.requires for item in loose.schedules}["own"] == ("shop",)
    assert {item.name: item.unresolved for item in loose.resources}["shop"] == ("url",)
