"""Tables and views that queries make."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest

pytestmark = pytest.mark.integration


def test_a_table_of_a_query_has_its_rows_checks_and_metadata(project: Any, read: Any) -> None:
    project.model("staging/orders", "select * from (values (1, 10.5), (2, 3.0)) as t(order_id, amount);")
    project.model(
        "marts/total",
        "select sum(amount) as total from staging.orders",
        description="All of it.",
        checks=[{"row_count": {"min": 1, "max": 1}}],
    )

    result = project.run()

    assert result.success, read.failure(result)
    assert [float(row[0]) for row in project.rows("select total from marts.total")] == [13.5]
    told = read.metadata(result, "marts/total")
    assert told["dagster/row_count"] == 1
    assert told["dagster/table_name"] == "marts.total"
    assert "13.5" in told["preview"]
    assert "sum(amount)" in told["query"]
    assert [column.name for column in told["dagster/column_schema"].columns] == ["total"]
    assert read.checks(result)["row_count"].passed


def test_only_the_partitions_of_a_run_are_replaced(project: Any, read: Any) -> None:
    project.model(
        "marts/daily",
        "select * from landing.events",
        partitions={"daily": "2024-01-01", "end": "2024-01-05"},
        incremental={"column": "day"},
    )
    with project.warehouse.session() as session:
        session.create_table(
            "landing.events", "select date '2024-01-01' + i::int as day, 1 as version from range(4) as t(i)"
        )
    assert project.run("key:marts/daily", partitions=("2024-01-01", "2024-01-04")).success
    with project.warehouse.session() as session:
        session.execute("update landing.events set version = 2")

    result = project.run("key:marts/daily", partitions=("2024-01-02", "2024-01-03"))

    assert result.success, read.failure(result)
    assert project.rows("select version from marts.daily order by day") == [(1,), (2,), (2,), (1,)]


def test_a_text_column_and_a_zone_say_which_partition_a_row_belongs_to(project: Any, read: Any) -> None:
    project.model(
        "marts/daily",
        "select '2024-01-02' as day, timestamptz '2024-01-01 23:30:00+00' as moment",
        partitions={"daily": "2024-01-01"},
        timezone="Europe/Berlin",
        incremental={"column": "day"},
    )
    project.model(
        "marts/moments",
        "select '2024-01-02' as day, timestamptz '2024-01-01 23:30:00+00' as moment",
        partitions={"daily": "2024-01-01"},
        timezone="Europe/Berlin",
        incremental={"column": "moment"},
    )

    result = project.run(partitions=("2024-01-02", "2024-01-02"))

    assert result.success, read.failure(result)
    assert project.rows("select count(*) from marts.daily union all select count(*) from marts.moments") == [
        (1,),
        (1,),
    ]


def test_a_failed_blocking_check_stops_what_comes_after(project: Any, read: Any) -> None:
    project.model(
        "staging/a", "select 1 as x", checks=[{"range": {"column": "x", "min": 2}, "blocking": True}]
    )
    project.model("marts/b", "select x from staging.a")

    result = project.run()

    assert not result.success
    assert not read.checks(result)["range_x"].passed
    built = {event.asset_key.to_user_string() for event in result.get_asset_materialization_events()}
    assert built == {"staging/a"}


def test_a_warning_stops_nothing(project: Any, read: Any) -> None:
    project.model("staging/a", "select 1 as x", checks=[{"unique": "y", "severity": "warn"}])
    project.model("marts/b", "select x from staging.a")

    assert project.run().success


def test_a_view_is_a_view(project: Any, read: Any) -> None:
    project.model("marts/seen", "select 1 as x", materialized="view")

    result = project.run()

    assert result.success, read.failure(result)
    assert project.rows("select table_type from information_schema.tables where table_name = 'seen'") == [
        ("VIEW",)
    ]


def test_a_wrong_query_is_a_clear_failure_and_keeps_the_table(project: Any, read: Any) -> None:
    project.model("marts/a", "select 1 as x")
    assert project.run().success
    project.model("marts/a", "select nonsense from nowhere.there")

    result = project.run("key:marts/a")

    assert not result.success
    assert "marts/a" in read.failure(result)
    assert "nowhere" in read.failure(result)
    assert project.rows("select x from marts.a") == [(1,)]


def test_lineage_names_the_upstream_columns(project: Any, read: Any) -> None:
    project.model("staging/orders", "select 1 as order_id, 2.5 as amount")
    project.model("marts/total", "select sum(o.amount) as total from staging.orders as o")

    told = read.metadata(project.run(), "marts/total")

    (source,) = told["dagster/column_lineage"].deps_by_column["total"]
    assert (source.asset_key.to_user_string(), source.column_name) == ("staging/orders", "amount")


def test_a_query_of_another_dialect_runs_in_the_warehouse(project: Any, read: Any) -> None:
    project.model("marts/a", "SELECT IFF(1 > 0, 'yes', 'no') AS answer", dialect="snowflake")

    result = project.run()

    assert result.success, read.failure(result)
    assert project.rows("select answer from marts.a") == [("yes",)]


def test_the_spec_carries_every_attribute(project: Any) -> None:
    project.model(
        "marts/a",
        "select x from staging.b",
        description="Rows, 100 % {of} it.",
        group="finance",
        owners=["team:data", "x@y.org"],
        tags={"domain": "sales"},
        kinds=["sql"],
        metadata={"ticket": "12"},
        columns={"x": {"type": "INTEGER", "description": "A number."}, "y": "VARCHAR"},
        freshness="36h",
        automation="eager | on_cron('0 5 * * *')",
        timezone="Europe/Berlin",
        deps=["staging/c"],
    )

    spec = project.load().resolve_asset_graph().get(dg.AssetKey(["marts", "a"]))

    assert spec.description == "Rows, 100 % {of} it."
    assert spec.group_name == "finance"
    assert list(spec.owners) == ["team:data", "x@y.org"]
    assert spec.tags["domain"] == "sales"
    assert {key.to_user_string() for key in spec.parent_keys} == {"staging/b", "staging/c"}
    assert spec.metadata["ticket"] == "12"
    assert [column.description for column in spec.metadata["dagster/column_schema"].columns] == [
        "A number.",
        None,
    ]
    expected = dg.AutomationCondition.eager() | dg.AutomationCondition.on_cron("0 5 * * *", "Europe/Berlin")
    assert spec.automation_condition == expected


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"checks": [{"unique": "a", "not_null": "b"}]}, "has 2 kinds"),
        ({"checks": [{"freshness": "soon"}]}, "freshness"),
        ({"automation": "whenever"}, "automation"),
        ({"partitions": {"daily": "yesterday"}}, "is no date"),
        ({"partitions": {"daily": "2024-01-01", "static": ["a"]}}, "partitions"),
        ({"freshness": "36 hours"}, "no length of time"),
        ({"owners": ["nobody"]}, "owner"),
        ({"materialized": "view", "incremental": {"column": "x"}}, "cannot be incremental"),
    ],
)
def test_a_wrong_attribute_is_named_when_the_definitions_load(
    project: Any, attributes: dict[str, Any], reason: str
) -> None:
    project.model("marts/a", "select 1 as a", **attributes)

    with pytest.raises(Exception, match="marts/a") as error:
        project.load()

    causes, found = "", error.value
    while found is not None:
        causes, found = causes + str(found), found.__cause__
    assert reason in causes
