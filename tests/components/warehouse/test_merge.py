"""Rows that take the places of those with their keys, in each warehouse that runs here."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pyarrow as pa
import pytest
from processes import until
from services import PostgresServer

from dagway.components.database import Database
from dagway.components.warehouse import DuckDBWarehouse, PostgresWarehouse, Warehouse
from dagway.components.warehouse.beside import OLD, beside
from dagway.components.warehouse.merge import Merged, merge
from dagway.errors import DagwayError

pytestmark = pytest.mark.integration
WAITING = b"""select count(*) from pg_stat_activity
where datname = current_database() and wait_event_type = 'Lock'"""


@pytest.fixture(params=["duckdb", "postgres"])
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Warehouse:
    if request.param == "duckdb":
        return DuckDBWarehouse(database=str(tmp_path / "w.duckdb"))
    return PostgresWarehouse(connection=request.getfixturevalue("postgres_url"))


def test_rows_take_their_places(warehouse: Warehouse) -> None:
    with warehouse.session() as session:
        first = pa.table({"id": [1, 2], "shop": ["a", "a"], "note": ["x", "y"]})
        assert merge(session, "shop.orders", first.to_reader(), ["id", "shop"]) == Merged(2)
        changed = pa.table({"id": [2, 2], "shop": ["a", "b"], "note": ["y2", "z"], "more": [0.5, None]})
        assert merge(session, "shop.orders", changed.to_reader(), ["id", "shop"]) == Merged(2, 1, ("more",))
        twice = pa.table({"id": [3, 3], "shop": ["a", "a"], "note": ["x", "y"], "more": [0.5, None]})
        with pytest.raises(DagwayError, match="is no key"):
            merge(session, "shop.orders", twice.to_reader(), ["id", "shop"])

        rows = session.rows("select id, shop, note, more from shop.orders order by id, shop")
        assert rows == [(1, "a", "x", None), (2, "a", "y2", 0.5), (2, "b", "z", None)]
        tables = "select table_name from information_schema.tables where table_schema = 'shop'"
        assert session.rows(tables) == [("orders",)]


def test_two_loads_at_once_keep_to_their_own_rows(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = pa.table({"id": [1], "note": ["one"]}), pa.table({"id": [2], "note": ["two"]})
    with warehouse.session() as session, warehouse.session() as other:
        merge(session, "shop.orders", pa.table({"id": [0], "note": ["old"]}).to_reader(), ["id"])
        rows = session.rows

        def overtaken(sql: str) -> list[tuple[object, ...]]:
            """The other load comes and goes while the rows of this one lie beside the table."""
            if "distinct" not in sql:
                return rows(sql)
            monkeypatch.undo()
            merge(other, "shop.orders", two.to_reader(), ["id"])
            return rows(sql)

        monkeypatch.setattr(session, "rows", overtaken)
        merge(session, "shop.orders", one.to_reader(), ["id"])
        found = session.rows("select id, note from shop.orders order by id")
    assert found == [(0, "old"), (1, "one"), (2, "two")]


def together(url: str, hold: str, *writers: Callable[[], object]) -> None:
    """Let writers come to where they need what a statement holds, then let go of it."""
    with psycopg.connect(url) as holder, ThreadPoolExecutor(len(writers)) as pool:
        holder.execute(hold.encode())
        begun = [pool.submit(writer) for writer in writers]

        def wait_all() -> bool:
            with psycopg.connect(url) as watcher:
                found = watcher.execute(WAITING).fetchone()
            return found == (len(writers),) or any(one.done() for one in begun)

        until(wait_all, "the writers wait")
        holder.rollback()
        for one in begun:
            one.result()


def test_writers_that_overlap_leave_each_row_once(postgres_url: str) -> None:
    warehouse = PostgresWarehouse(connection=postgres_url)
    given = pa.table({"id": [1, 2], "note": ["x", "y"]})
    address = postgres_url.replace("postgresql://", "postgresql+psycopg://", 1)

    def merged() -> None:
        with warehouse.session() as session:
            merge(session, "shop.orders", given.to_reader(), ["id"])

    def replaced() -> None:
        with warehouse.session() as session:
            session.replace("shop.orders", given.to_reader(), "id < 9")

    def exported() -> None:
        Database(url=address).write("shop.orders", given.to_reader())

    for writer in (merged, replaced, exported):
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute("drop schema if exists shop cascade")
            connection.execute("create schema shop create table orders (id bigint, note text)")
            connection.execute("insert into shop.orders values (1, 'old')")
        together(postgres_url, "select * from shop.orders for update", writer, writer)
        with psycopg.connect(postgres_url) as connection:
            found = connection.execute("select id, note from shop.orders order by id").fetchall()
        assert found == [(1, "x"), (2, "y")], writer


def test_first_loads_of_one_table_keep_each_others_rows(postgres_url: str) -> None:
    warehouse = PostgresWarehouse(connection=postgres_url)

    def load(key: int) -> None:
        with warehouse.session() as session:
            merge(session, "shop.orders", pa.table({"id": [key]}).to_reader(), ["id"])

    with warehouse.session() as session:
        session.execute("create schema shop")
        name = "select pg_advisory_xact_lock(hashtextextended('dagway shop.orders', 0))"
        together(postgres_url, name, lambda: load(1), lambda: load(2))
        assert session.rows("select id from shop.orders order by id") == [(1,), (2,)]


def test_first_tables_of_a_source_may_be_loaded_together(postgres_url: str) -> None:
    warehouse = PostgresWarehouse(connection=postgres_url)

    def load(table: str) -> None:
        with warehouse.session() as session:
            session.replace(table, pa.table({"id": [1]}).to_reader())

    # The one that makes the schema has not committed when both look for it.
    with psycopg.connect(postgres_url) as maker, ThreadPoolExecutor(2) as pool:
        maker.execute("create schema shop")
        begun = [pool.submit(load, table) for table in ("shop.orders", "shop.customers")]
        with psycopg.connect(postgres_url, autocommit=True) as watcher:
            until(lambda: watcher.execute(WAITING).fetchone() == (2,), "both wait for the schema")
        maker.commit()
        for one in begun:
            one.result()
    with warehouse.session() as session:
        assert session.exists("shop.orders")
        assert session.exists("shop.customers")


@pytest.mark.parametrize("when", ["rows arrive", "count", "delete", "insert"])
def test_a_warehouse_that_goes_down_is_told_and_the_next_load_repairs(
    own_postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    warehouse = PostgresWarehouse(connection=own_postgres.url())
    given = pa.table({"id": [1, 2], "note": ["new", "new"]})

    def rows() -> Iterator[pa.RecordBatch]:
        yield from given.to_batches()
        if when == "rows arrive":
            own_postgres.stop()

    with warehouse.session() as session:
        merge(session, "shop.orders", pa.table({"id": [1], "note": ["old"]}).to_reader(), ["id"])
        ask, execute = session.rows, session.execute

        def counted(sql: str) -> list[tuple[object, ...]]:
            if when == "count" and "distinct" in sql:
                own_postgres.stop()
            return ask(sql)

        def executed(sql: str) -> None:
            if sql.startswith(f"{when} "):
                own_postgres.stop()
            execute(sql)

        monkeypatch.setattr(session, "rows", counted)
        monkeypatch.setattr(session, "execute", executed)
        # Not of the connection that is closed by then, which is all that later statements know.
        with pytest.raises(psycopg.OperationalError, match="terminating connection due to administrator"):
            merge(session, "shop.orders", pa.RecordBatchReader.from_batches(given.schema, rows()), ["id"])

    own_postgres.start()
    with warehouse.session() as session:
        assert session.rows("select id, note from shop.orders") == [(1, "old")]
        assert merge(session, "shop.orders", given.to_reader(), ["id"]) == Merged(2, 1)


def test_what_a_killed_load_left_goes_with_the_next(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = "orders_" + "x" * 50
    with monkeypatch.context() as patched:
        patched.setattr(time, "time", lambda: 1_700_000_000.0)
        left = [beside(long), beside(beside(long)), beside("customers")]
        patched.setattr(time, "time", lambda: 1_700_000_000.0 + OLD - 60)
        running = beside(long)
    with warehouse.session() as session:
        for name in (*left, running):
            session.create_table(f"shop.{name}", "select 1 as id")
        monkeypatch.setattr(time, "time", lambda: 1_700_000_000.0 + OLD + 1)
        merge(session, f"shop.{long}", pa.table({"id": [1]}).to_reader(), ["id"])
        tables = "select table_name from information_schema.tables where table_schema = 'shop'"
        found = {name for (name,) in session.rows(tables)}
    assert found == {long, running, left[2]}


def test_what_a_killed_export_left_goes_with_the_next(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(time, "time", lambda: 1_700_000_000.0)
        left = beside("orders")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        running = beside("orders")
        for name in (left, running):
            connection.execute(f"create table {name} (id bigint)".encode())
        Database(url=postgres_url).write("orders", pa.table({"id": [1]}).to_reader())
        found = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'public'"
        ).fetchall()
    assert {name for (name,) in found} == {"orders", running}
