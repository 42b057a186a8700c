"""Loads from a database and exports to one, where it refuses, hangs, has changed, or the load is killed half way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from holding_proxy import Proxy, before_postgres, by_way_of
from killed_run import run_and_kill
from services import GUARDED, PostgresServer

from dagway.components.database import Database
from dagway.components.warehouse import PostgresWarehouse

pytestmark = pytest.mark.integration
CURSOR = {"cursor": {"column": "id", "key": "id"}}


def write(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def ask(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def shop(project: Any, url: str, table: dict[str, Any] | None = None, **settings: Any) -> None:
    project.resources["shop"] = Database(url=url, **settings)
    tables = [{"name": "orders", **(table or {})}]
    project.component("shop", "SqlTables", {"source": "shop", "tables": tables})


def crm(project: Any, url: str, rows: int, **settings: Any) -> None:
    project.resources["crm"] = Database(url=url, **settings)
    project.model("marts/customers", f"select range as id, repeat('x', 100) as name from range({rows})")
    written = {"key": "exports/crm", "asset": "marts/customers", "database": "crm", "table": "customers"}
    project.component("exports/crm", "TableExport", written)


@pytest.fixture
def proxy(postgres_url: str) -> Iterator[Proxy]:
    with before_postgres(postgres_url).running() as proxy:
        yield proxy


def loaded(project: Any) -> list[tuple[Any, ...]]:
    return project.rows("select count(*), max(id) from shop.orders")


def test_a_wrong_password_is_told_and_the_right_one_repairs(
    project: Any, read: Any, own_postgres: PostgresServer
) -> None:
    own_postgres.guard("right")
    write(
        own_postgres.url(),
        "create table orders as select 1 as id",
        "create table customers as select 7 as id, '' as name",
    )
    shop(project, own_postgres.url(f"{GUARDED}:right"))
    crm(project, own_postgres.url(f"{GUARDED}:right"), 3)
    first = project.run()
    assert first.success, read.failure(first)
    write(own_postgres.url(), "insert into orders values (2)")
    shop(project, own_postgres.url(f"{GUARDED}:wr0ng"))
    crm(project, own_postgres.url(f"{GUARDED}:wr0ng"), 4)

    for selection in ("key:shop/orders", 'key:"exports/crm"'):
        result = project.run(selection)
        assert not result.success
        assert 'password authentication failed for user "guarded"' in read.failure(result)
        assert "Check that the database runs, and the address, user, password and rights" in read.failure(
            result
        )
        assert "wr0ng" not in read.failure(result)

    assert loaded(project) == [(1, 1)]
    assert ask(own_postgres.url(), "select count(*) from customers") == [(3,)]
    shop(project, own_postgres.url(f"{GUARDED}:right"))
    crm(project, own_postgres.url(f"{GUARDED}:right"), 4)
    assert project.run().success
    assert loaded(project) == [(2, 2)]
    assert ask(own_postgres.url(), "select count(*) from customers") == [(4,)]


@pytest.mark.parametrize("table", [{}, CURSOR], ids=["full", "cursor"])
@pytest.mark.parametrize("after", [2_000, 1_000_000], ids=["before_the_rows", "in_the_middle_of_the_rows"])
def test_a_server_that_falls_silent_leaves_the_table_and_the_next_run_repairs(
    project: Any, read: Any, postgres_url: str, proxy: Proxy, table: dict[str, Any], after: int
) -> None:
    write(postgres_url, "create table orders as select 1 as id, 'a' as note")
    shop(project, by_way_of(proxy, postgres_url), table)
    first = project.run()
    assert first.success, read.failure(first)
    write(postgres_url, "insert into orders select g, repeat('x', 500) from generate_series(2, 9000) g")
    shop(project, by_way_of(proxy, postgres_url), table, answer_timeout=2)
    proxy.hold("server", after)

    result = project.run()

    assert not result.success
    assert proxy.held.is_set()
    assert "The server has sent nothing for 2 s" in read.failure(result)
    assert loaded(project) == [(1, 1)]
    proxy.let_go()
    shop(project, by_way_of(proxy, postgres_url), table)
    repaired = project.run()
    assert repaired.success, read.failure(repaired)
    assert loaded(project) == [(9000, 9000)]


def test_a_target_that_falls_silent_keeps_its_rows_and_the_next_run_repairs(
    project: Any, read: Any, postgres_url: str, proxy: Proxy
) -> None:
    url = by_way_of(proxy, postgres_url)
    crm(project, url, 3)
    assert project.run().success
    crm(project, url, 20_000, statement_timeout=1, connect_timeout=2)
    proxy.hold("client", 1_000_000)

    result = project.run()

    assert not result.success
    assert proxy.held.is_set()
    assert "The server has sent nothing for 3 s" in read.failure(result)
    assert ask(postgres_url, "select count(*) from customers") == [(3,)]
    proxy.let_go()
    crm(project, url, 20_000)
    repaired = project.run()
    assert repaired.success, read.failure(repaired)
    assert ask(postgres_url, "select count(*) from customers") == [(20_000,)]


def test_a_target_that_goes_down_half_way_keeps_its_rows_and_is_named(
    project: Any, read: Any, own_postgres: PostgresServer
) -> None:
    with Proxy(("127.0.0.1", own_postgres.port)).running() as proxy:
        url = by_way_of(proxy, own_postgres.url())
        crm(project, url, 3)
        assert project.run().success
        crm(project, url, 20_000)
        proxy.hold("client", 1_000_000, then=own_postgres.stop)

        result = project.run()

        assert not result.success
        # Why it broke off, and not that there was no connection to drop what it left.
        assert "closed the connection unexpectedly" in read.failure(result)
        assert "connection failed" not in read.failure(result)
        own_postgres.start()
        assert ask(own_postgres.url(), "select count(*) from customers") == [(3,)]
        repaired = project.run()
        assert repaired.success, read.failure(repaired)
        assert ask(own_postgres.url(), "select count(*) from customers") == [(20_000,)]


@pytest.mark.parametrize("table", [{}, CURSOR], ids=["full", "cursor"])
@pytest.mark.parametrize("warehouse", ["duckdb", "postgres"])
def test_a_load_that_is_killed_half_way_is_repaired_by_the_next_run(
    project: Any, read: Any, postgres_url: str, proxy: Proxy, table: dict[str, Any], warehouse: str
) -> None:
    resources = {}
    if warehouse == "postgres":
        project.resources["warehouse"] = PostgresWarehouse(connection=postgres_url)
        resources["warehouse"] = f"PostgresWarehouse(connection={postgres_url!r})"
    write(postgres_url, "create table public.orders as select 1 as id, 'a' as note")
    shop(project, postgres_url, {"table": "public.orders", **table})
    assert project.run().success
    write(
        postgres_url, "insert into public.orders select g, repeat('x', 500) from generate_series(2, 60000) g"
    )
    proxy.hold("server", 20_000_000)

    run_and_kill(
        project,
        proxy.held.is_set,
        resources={**resources, "shop": f"Database(url={by_way_of(proxy, postgres_url)!r})"},
    )

    assert loaded(project) == [(1, 1)]
    repaired = project.run()
    assert repaired.success, read.failure(repaired)
    assert loaded(project) == [(60_000, 60_000)]


def test_an_export_that_is_killed_half_way_leaves_the_table_and_the_next_run_repairs(
    project: Any, read: Any, postgres_url: str, proxy: Proxy
) -> None:
    crm(project, postgres_url, 3)
    assert project.run().success
    crm(project, postgres_url, 20_000)
    proxy.hold("client", 1_000_000)

    run_and_kill(
        project, proxy.held.is_set, resources={"crm": f"Database(url={by_way_of(proxy, postgres_url)!r})"}
    )

    assert ask(postgres_url, "select count(*) from customers") == [(3,)]
    repaired = project.run()
    assert repaired.success, read.failure(repaired)
    assert ask(postgres_url, "select count(*) from customers") == [(20_000,)]


@pytest.mark.parametrize(
    ("change", "columns", "said"),
    [
        ("alter table orders add column more int default 7", "id,note,more", ""),
        ("alter table orders drop column note", "id", ""),
        ("alter table orders alter column note type int using 5", "id,note", ""),
        ("alter table orders rename to others", "id,note", "has no table orders"),
    ],
    ids=["added", "dropped", "retyped", "renamed"],
)
def test_a_table_that_changed_at_its_source_is_taken_whole_or_left(
    project: Any, read: Any, postgres_url: str, change: str, columns: str, said: str
) -> None:
    write(postgres_url, "create table orders as select 1 as id, 'a' as note")
    shop(project, postgres_url)
    assert project.run().success
    write(postgres_url, change)

    result = project.run()

    assert result.success == (not said)
    assert not said or said in read.failure(result)
    found = project.rows(
        "select column_name from duckdb_columns() where schema_name = 'shop' order by column_index"
    )
    assert ",".join(name for (name,) in found) == columns
    assert loaded(project) == [(1, 1)]
    if said:
        write(postgres_url, "alter table others rename to orders", "insert into orders values (2, 'b')")
        assert project.run().success
        assert loaded(project) == [(2, 2)]


def test_a_target_without_a_column_is_left_and_the_column_repairs(
    project: Any, read: Any, postgres_url: str
) -> None:
    write(postgres_url, "create table customers as select 7::bigint as id")
    crm(project, postgres_url, 3)

    result = project.run()

    assert not result.success
    assert "The table customers has no column name" in read.failure(result)
    assert ask(postgres_url, "select id from customers") == [(7,)]
    write(postgres_url, "alter table customers add column name text")
    assert project.run().success
    assert ask(postgres_url, "select count(*) from customers") == [(3,)]


def test_an_empty_asset_empties_the_target(project: Any, read: Any, postgres_url: str) -> None:
    crm(project, postgres_url, 3)
    assert project.run().success
    crm(project, postgres_url, 0)

    result = project.run()

    assert result.success, read.failure(result)
    assert ask(postgres_url, "select count(*) from customers") == [(0,)]
