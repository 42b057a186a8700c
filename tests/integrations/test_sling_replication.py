"""Sling's replications as assets: in demo mode, and from PostgreSQL to PostgreSQL, by Sling's own program."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import psycopg
import pytest
import yaml
from killed_run import run_and_kill
from services import GUARDED, PostgresServer
from state_backed import keys, refused

import dagway.components
from dagway.components.scaffolder import copy_example, example_of
from dagway.components.sling.replication import Replication, Stream
from dagway.components.warehouse import PostgresWarehouse

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(find_spec("sling_linux_amd64") is None, reason="Sling's program is not installed."),
]

ORDERS = (
    "create table orders as select n as id, n * 1.5::numeric(10, 2) as amount from generate_series(1, 3) as n"
)


@pytest.fixture(autouse=True)
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sling tells nobody of the runs."""
    monkeypatch.setenv("SLING_DISABLE_TELEMETRY", "TRUE")


def write(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def sling_url(url: str, database: str = "") -> str:
    return f"{url}{'&' if '?' in url else '?'}sslmode=disable{database}"


def replicate(
    project: Any,
    url: str,
    streams: dict[str, Any] | None = None,
    defaults: dict[str, Any] | None = None,
    **attributes: Any,
) -> None:
    """The component as in production, within one database: from `public` to `raw`."""
    project.resources["warehouse"] = PostgresWarehouse(connection=url)
    document = {
        "source": "SHOP",
        "target": "WAREHOUSE",
        "defaults": {"mode": "full-refresh", "object": "raw.{stream_table}", **(defaults or {})},
        "streams": streams or {"public.orders": None},
    }
    project.write("PACKAGE/defs/shop/replication.yaml", yaml.safe_dump(document, sort_keys=False))
    connection = {"type": "postgres", "connection_string": sling_url(url)}
    given = {"connections": {"SHOP": connection, "WAREHOUSE": connection}, **attributes}
    project.component("shop", "SlingReplication", {"replication": "replication.yaml", **given})


def rows(project: Any) -> list[Any]:
    return project.rows("select id, amount::varchar from raw.orders order by id")


THREE = [(1, "1.50"), (2, "3.00"), (3, "4.50")]


def test_the_example_runs_without_credentials(project: Any, read: Any) -> None:
    folder = project.root / project.package / "defs" / "shop"
    folder.mkdir(parents=True)
    component = dagway.components.SlingReplication
    copy_example(example_of(component), folder, project.root, "dagway.components.SlingReplication")

    alone = project.run("key:raw/orders")
    assert alone.success, read.failure(alone)
    assert project.rows("select count(*) from raw.orders") == [(3,)]

    result = project.run()

    assert result.success, read.failure(result)
    assert keys(project) == {"raw/orders", "raw/customers"}
    assert project.rows("select id, amount::varchar from raw.orders order by id") == [
        (1, "12.50"),
        (2, "30.00"),
        (3, "7.25"),
    ]
    assert read.metadata(result, "raw/orders")["dagster/row_count"] == 3
    assert read.metadata(result, "raw/orders")["stream_name"].endswith("orders.csv")
    assert {check.passed for check in read.checks(result).values()} == {True}


def test_streams_land_in_postgres(project: Any, read: Any, postgres_url: str) -> None:
    write(postgres_url, ORDERS, "create table customers as select 7 as id")
    streams = {
        "public.orders": None,
        "public.customers": {"object": "raw.clients", "meta": {"dagster": {"asset_key": "crm.clients"}}},
        "public.other": {"disabled": True},
    }
    replicate(
        project,
        postgres_url,
        streams,
        source="shop",
        tables=[{"name": "orders", "checks": [{"unique": "id"}]}],
    )

    result = project.run()

    assert result.success, read.failure(result)
    assert keys(project) == {"shop/orders", "crm/clients"}
    assert rows(project) == THREE
    assert project.rows("select id from raw.clients") == [(7,)]
    assert read.metadata(result, "shop/orders")["dagster/row_count"] == 3
    assert read.checks(result)["unique_id"].passed


def test_one_stream_may_run_alone(project: Any, read: Any, postgres_url: str) -> None:
    write(postgres_url, ORDERS)
    replicate(project, postgres_url, {"public.orders": None, "public.nothing": None})

    result = project.run("key:raw/orders")

    assert result.success, read.failure(result)
    assert rows(project) == THREE


def test_an_incremental_stream_goes_on(project: Any, read: Any, postgres_url: str) -> None:
    write(postgres_url, ORDERS)
    incremental = {"mode": "incremental", "primary_key": ["id"], "update_key": "id"}
    replicate(project, postgres_url, {"public.orders": incremental})
    assert project.run().success
    write(postgres_url, "delete from orders where id = 1", "insert into orders values (4, 6.50)")

    result = project.run()

    assert result.success, read.failure(result)
    assert rows(project) == [*THREE, (4, "6.50")]


@pytest.mark.parametrize(
    ("breaking", "mending", "said"),
    [
        (
            "create view broken as select id, amount / (id - 3) as amount from orders order by id",
            "create or replace view broken as select id, amount from orders",
            "division by zero",
        ),
        (
            "create view broken as select id from nothing",
            "create view broken as select id, amount from orders",
            "broken",
        ),
    ],
    ids=["breaks_off", "not_there"],
)
def test_a_stream_that_breaks_off_changes_nothing_and_the_next_run_repairs(
    project: Any, read: Any, postgres_url: str, breaking: str, mending: str, said: str
) -> None:
    write(postgres_url, ORDERS)
    replicate(project, postgres_url)
    assert project.run().success
    if said != "broken":
        write(postgres_url, breaking)
    replicate(project, postgres_url, {"public.broken": {"object": "raw.orders"}})

    result = project.run()

    assert not result.success
    assert "Sling failed: " in read.failure(result)
    assert said in read.failure(result)
    assert "\x1b" not in read.failure(result)
    assert rows(project) == THREE
    write(postgres_url, mending)
    repaired = project.run()
    assert repaired.success, read.failure(repaired)
    assert rows(project) == THREE


def test_a_target_that_refuses_keeps_its_rows(project: Any, read: Any, postgres_url: str) -> None:
    write(postgres_url, ORDERS)
    incremental = {"mode": "incremental", "primary_key": ["id"]}
    replicate(project, postgres_url, {"public.orders": incremental})
    assert project.run().success
    write(
        postgres_url,
        "alter table raw.orders add constraint cheap check (amount < 50)",
        "update orders set amount = 99.5 where id = 2",
    )

    result = project.run()

    assert not result.success
    assert 'violates check constraint "cheap"' in read.failure(result)
    assert rows(project) == THREE


def test_wrong_credentials_are_named_without_the_password(project: Any, read: Any, postgres_url: str) -> None:
    connection = {
        "type": "postgres",
        "connection_string": "postgresql://u:s3cret@127.0.0.1:1/d?sslmode=disable",
    }
    replicate(project, postgres_url, connections={"SHOP": connection, "WAREHOUSE": connection})

    result = project.run()

    assert not result.success
    assert "connection refused" in read.failure(result)
    assert "s3cret" not in read.failure(result)


def test_a_wrong_password_keeps_the_rows_and_the_right_one_repairs(
    project: Any, read: Any, own_postgres: PostgresServer
) -> None:
    own_postgres.guard("right")
    write(own_postgres.url(), ORDERS)
    replicate(project, own_postgres.url(f"{GUARDED}:right"))
    first = project.run()
    assert first.success, read.failure(first)
    write(own_postgres.url(), "delete from orders where id = 3")
    replicate(project, own_postgres.url(f"{GUARDED}:wr0ng"))

    result = project.run()

    assert not result.success
    assert 'password authentication failed for user "guarded"' in read.failure(result)
    assert "wr0ng" not in read.failure(result)
    replicate(project, own_postgres.url(f"{GUARDED}:right"))
    assert rows(project) == THREE
    repaired = project.run()
    assert repaired.success, read.failure(repaired)
    assert rows(project) == THREE[:2]


def test_a_replication_that_is_killed_half_way_is_repaired_by_the_next_run(
    project: Any, read: Any, postgres_url: str
) -> None:
    write(postgres_url, ORDERS)
    replicate(project, postgres_url)
    assert project.run().success
    write(postgres_url, "delete from orders where id = 3")
    with psycopg.connect(postgres_url) as reader:
        # What takes the old table's place waits for it.
        reader.execute("lock table raw.orders in access exclusive mode")
        waiting = "select 1 from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())"
        with psycopg.connect(postgres_url, autocommit=True) as looking:
            run_and_kill(
                project,
                lambda: looking.execute(waiting).fetchone(),
                resources={"warehouse": f"PostgresWarehouse(connection={postgres_url!r})"},
            )

    assert rows(project) == THREE
    repaired = project.run()
    assert repaired.success, read.failure(repaired)
    assert rows(project) == THREE[:2]


def test_an_empty_table_is_a_mistake_unless_it_is_allowed(project: Any, read: Any, postgres_url: str) -> None:
    write(postgres_url, ORDERS)
    replicate(project, postgres_url)
    assert project.run().success
    write(postgres_url, "delete from orders")

    refusal = project.run()

    assert not refusal.success
    assert "Sling found no row of public.orders, and left the old table" in read.failure(refusal)
    assert rows(project) == THREE
    replicate(project, postgres_url, allow_empty=True)
    allowed = project.run()
    assert allowed.success, read.failure(allowed)
    assert rows(project) == []


def test_only_streams_that_are_replaced_are_left_out() -> None:
    streams = [Stream("a.x", {}, "raw.x"), Stream("a.y", {"mode": "incremental"}, "raw.y")]
    nothing = "WRN no data or records found in stream. Nothing to do."
    printed = ["[1 / 2] running stream a.x", nothing, "[2 / 2] running stream a.y", nothing]

    assert Replication({}, streams).left_out(printed) == ["a.x"]
    assert Replication({}, streams).left_out(["Sling Replication | A -> B | a.y", nothing]) == []


def test_a_new_column_arrives(project: Any, read: Any, postgres_url: str) -> None:
    write(postgres_url, ORDERS)
    replicate(project, postgres_url)
    assert project.run().success
    write(postgres_url, "alter table orders add column note varchar(5) default 'new'")

    result = project.run()

    assert result.success, read.failure(result)
    assert project.rows("select distinct note from raw.orders") == [("new",)]


@pytest.mark.parametrize(
    ("streams", "defaults", "said"),
    [
        ({"public.*": None}, {}, "the stream public.* stands for many"),
        (
            {"public.orders": None},
            {"object": "raw.{stream_date}"},
            "public.orders lands at 'raw.{stream_date}'",
        ),
        ({"public.orders": None}, {"object": None}, "public.orders lands at 'nothing'"),
    ],
)
def test_a_replication_that_does_not_say_where_things_land_is_refused(
    project: Any, postgres_url: str, streams: dict[str, Any], defaults: dict[str, Any], said: str
) -> None:
    replicate(project, postgres_url, streams, defaults)

    assert said in refused(project)


def test_files_that_are_no_replication_are_refused(project: Any, postgres_url: str) -> None:
    replicate(project, postgres_url)
    project.write("PACKAGE/defs/shop/replication.yaml", "source: SHOP\n")
    assert "replication.yaml has no target, streams" in refused(project)
    project.write("PACKAGE/defs/shop/replication.yaml", "a: [")
    assert "is not valid YAML" in refused(project)
    project.component("shop", "SlingReplication", {"replication": "other.yaml"})
    assert "other.yaml cannot be read: No such file" in refused(project)


def test_demo_mode_needs_its_files(project: Any, postgres_url: str) -> None:
    replicate(project, postgres_url, demo_mode=True, demo_path="data/sling")
    assert "There is no file of orders" in refused(project)
    project.write("data/sling/raw/orders.parquet", "")
    assert "In demo mode Sling cannot read orders.parquet" in refused(project)
