"""Tables and views that queries make."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest

from dagway.components.warehouse import PostgresWarehouse

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


@pytest.fixture(params=["duckdb", "postgres"])
def shop(project: Any, request: pytest.FixtureRequest) -> Any:
    """The project on each warehouse that runs here."""
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
        project.resources["warehouse"] = PostgresWarehouse(connection=url)
    return project


def orders(*rows: str) -> str:
    return f"select * from (values {', '.join(rows)}) as given (shop, id, amount)"


def left_tables(project: Any, schema: str) -> set[str]:
    found = project.rows(f"select table_name from information_schema.tables where table_schema = '{schema}'")
    return {name for (name,) in found}


def test_rows_of_a_key_take_their_places_and_all_others_stay(shop: Any, read: Any) -> None:
    keyed = {"incremental": {"key": ["shop", "id"]}}
    shop.model("marts/orders", orders("('a', 1, 10)", "('a', 2, 20)"), **keyed)
    first = shop.run()
    assert first.success, read.failure(first)
    shop.model("marts/orders", orders("('a', 2, 25)", "('b', 2, 30)"), **keyed)

    result = shop.run()

    assert result.success, read.failure(result)
    found = shop.rows("select shop, id, amount from marts.orders order by shop, id")
    assert found == [("a", 1, 10), ("a", 2, 25), ("b", 2, 30)]
    told = read.metadata(result, "marts/orders")
    assert (told["rows_read"], told["rows_updated"], told["dagster/row_count"]) == (2, 1, 3)
    assert left_tables(shop, "marts") == {"orders"}


def test_a_query_with_a_key_may_read_its_own_table(shop: Any, read: Any) -> None:
    keyed = {"incremental": {"key": "id"}}
    shop.model("marts/orders", orders("('a', 1, 10)"), **keyed)
    assert shop.run().success
    shop.model("marts/orders", "select shop, id + 1 as id, amount * 2 as amount from marts.orders", **keyed)

    result = shop.run()

    assert result.success, read.failure(result)
    assert shop.rows("select id, amount from marts.orders order by id") == [(1, 10), (2, 20)]


def test_a_view_that_becomes_a_table_by_key_leaves_what_it_showed(shop: Any, read: Any) -> None:
    """A plain view of PostgreSQL takes deletes and inserts, and hands them on to the table that it reads."""
    with shop.warehouse.session() as session:
        session.create_table("landing.orders", "select 1 as id, 10 as amount, 'kept' as note")
    query = "select id, amount from landing.orders"
    shop.model("marts/orders", query, materialized="view")
    assert shop.run().success
    shop.model("marts/orders", query, incremental={"key": "id"})

    for _ in range(2):
        result = shop.run()

        assert result.success, read.failure(result)
        assert shop.rows("select id, amount, note from landing.orders") == [(1, 10, "kept")]
        assert shop.rows("select id, amount from marts.orders") == [(1, 10)]
    kinds = "select table_type from information_schema.tables where table_schema = 'marts'"
    assert shop.rows(kinds) == [("BASE TABLE",)]


def test_a_query_that_reads_its_own_table_is_told_how_to_begin(shop: Any, read: Any) -> None:
    keyed = {"incremental": {"key": "id"}}
    later = (
        "select shop, id + 1 as id, amount from marts.orders where id = (select max(id) from marts.orders)"
    )
    shop.model("marts/orders", later, **keyed)

    refused = shop.run()

    assert not refused.success
    assert "reads its own table marts.orders, which is not there yet" in read.failure(refused)
    assert "Materialize it once by a query that does not" in read.failure(refused)
    for query in (orders("('a', 1, 10)"), later):
        shop.model("marts/orders", query, **keyed)
        result = shop.run()
        assert result.success, read.failure(result)
    assert shop.rows("select id from marts.orders order by id") == [(1,), (2,)]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        (orders("('a', 2, 1)", "('b', 2, 2)"), "1 rows have another's"),
        (orders("('a', 2, 1)", "('b', null, 2)"), "1 rows have none"),
        ("select 1 as number", "no column id, which `key` names"),
        ("select 1 as id, 'a' as shop", "amount is missing"),
        ("select 1 as id, 'a' as shop, 2.5 as amount", "amount was"),
        ("select 'a' as shop, 2 as id, cast(text as integer) as amount from landing.texts", "no number"),
    ],
    ids=["double", "null", "no key", "missing", "fraction", "breaks"],
)
def test_rows_that_are_no_upsert_change_nothing_and_the_next_run_does(
    shop: Any, read: Any, query: str, reason: str
) -> None:
    keyed = {"incremental": {"key": "id"}}
    with shop.warehouse.session() as session:
        session.create_table("landing.texts", "select '1' as text union all select 'no number'")
    shop.model("marts/orders", orders("('a', 1, 10)"), **keyed)
    assert shop.run().success
    shop.model("marts/orders", query, **keyed)

    result = shop.run()

    assert not result.success
    assert reason in read.failure(result)
    assert shop.rows("select shop, id, amount from marts.orders") == [("a", 1, 10)]
    assert left_tables(shop, "marts") == {"orders"}
    shop.model("marts/orders", orders("('a', 1, 11)", "('b', 2, 20)"), **keyed)
    again = shop.run()
    assert again.success, read.failure(again)
    assert shop.rows("select id, amount from marts.orders order by id") == [(1, 11), (2, 20)]


def test_a_merge_that_breaks_off_after_it_has_deleted_gives_the_rows_back(shop: Any, read: Any) -> None:
    keyed = {"incremental": {"key": "id"}}
    shop.model("marts/orders", orders("('a', 1, 10)", "('a', 2, 20)"), **keyed)
    assert shop.run().success
    with shop.warehouse.session() as session:
        session.execute("alter table marts.orders alter column amount set not null")
    shop.model("marts/orders", orders("('a', 1, 11)", "('b', 2, null)"), **keyed)

    result = shop.run()

    assert not result.success
    assert "null" in read.failure(result).lower()
    assert shop.rows("select id, amount from marts.orders order by id") == [(1, 10), (2, 20)]
    assert left_tables(shop, "marts") == {"orders"}
    shop.model("marts/orders", orders("('a', 1, 11)", "('b', 2, 21)"), **keyed)
    assert shop.run().success
    assert shop.rows("select id, amount from marts.orders order by id") == [(1, 11), (2, 21)]


def test_a_new_column_of_a_query_with_a_key_is_added(shop: Any, read: Any) -> None:
    keyed = {"incremental": {"key": "id"}}
    shop.model("marts/orders", orders("('a', 1, 10)", "('a', 2, 20)"), **keyed)
    assert shop.run().success
    shop.model("marts/orders", "select 'a' as shop, 2 as id, 20 as amount, 'paid' as status", **keyed)

    result = shop.run()

    assert result.success, read.failure(result)
    assert read.metadata(result, "marts/orders")["new_columns"] == "status"
    assert shop.rows("select id, status from marts.orders order by id") == [(1, None), (2, "paid")]


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
        ({"materialized": "view", "incremental": {"key": "x"}}, "cannot be incremental"),
        ({"incremental": {"key": "a", "column": "a"}}, "only one of them"),
        ({"incremental": {"key": []}}, "only one of them"),
        ({"incremental": {"key": "a"}, "partitions": {"daily": "2024-01-01"}}, "leave one of them out"),
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
