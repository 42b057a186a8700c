"""Tables that go on from where they were read: nothing twice, nothing lost."""

# Dagster leaves parts of its types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import sqlite3
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from dagway.components.database import Database

pytestmark = pytest.mark.integration
CURSOR = {"column": "updated_at", "key": "id"}
ORDERS = "select id, note from shop.orders order by id"
Write = Callable[[str], Any]


@pytest.fixture(params=["postgres", "sqlite", "duckdb", "mysql"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Write]:
    """A database's address, and a way to write to it."""
    match request.param:
        case "postgres":
            url = request.getfixturevalue("postgres_url")
            return url, lambda sql: _postgres(url, sql)
        case "mysql":
            url = request.getfixturevalue("mysql_url")
            return url, lambda sql: _mysql(url, sql)
        case "sqlite":
            return f"sqlite:///{tmp_path / 'shop.sqlite'}", lambda sql: _sqlite(tmp_path, sql)
        case _:
            return f"duckdb:///{tmp_path / 'shop.duckdb'}", lambda sql: _duckdb(tmp_path, sql)


def _postgres(url: str, sql: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.encode())


def _mysql(url: str, sql: str) -> None:
    import sqlalchemy as sa

    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(sql)
    engine.dispose()


def _sqlite(folder: Path, sql: str) -> None:
    with sqlite3.connect(folder / "shop.sqlite") as connection:
        connection.execute(sql)
    connection.close()


def _duckdb(folder: Path, sql: str) -> None:
    with duckdb.connect(str(folder / "shop.duckdb")) as connection:
        connection.execute(sql).fetchall()


def shop(project: Any, url: str, cursor: dict[str, Any] = CURSOR, **table: Any) -> None:
    project.resources["shop"] = Database(url=url)
    tables = [{"name": "orders", "cursor": cursor, **table}]
    project.component("shop", "SqlTables", {"source": "shop", "tables": tables})


def filled(write: Write, rows: Sequence[str]) -> None:
    write("create table orders (id int, updated_at timestamp null, note varchar(20))")
    write(f"insert into orders values {', '.join(rows)}")


def test_later_runs_read_what_changed(project: Any, read: Any, source: tuple[str, Write]) -> None:
    url, write = source
    filled(write, ["(1, '2024-01-01 10:00:00', 'a')", "(2, '2024-01-02 10:00:00', 'b')", "(3, null, 'c')"])
    shop(project, url)

    first = project.run()

    assert first.success, read.failure(first)
    assert read.metadata(first, "shop/orders")["rows_read"] == 3
    # Changed, new, changed without a time, and committed late with the time of the newest row.
    write("update orders set note = 'a2', updated_at = '2024-01-03 10:00:00' where id = 1")
    write("update orders set note = 'c2' where id = 3")
    write("insert into orders values (4, '2024-01-03 11:00:00', 'd'), (5, '2024-01-02 10:00:00', 'late')")

    second = project.run()

    assert second.success, read.failure(second)
    assert project.rows(ORDERS) == [(1, "a2"), (2, "b"), (3, "c2"), (4, "d"), (5, "late")]
    told = read.metadata(second, "shop/orders")
    assert (told["rows_read"], told["rows_updated"], told["dagster/row_count"]) == (5, 3, 5)
    write("insert into orders values (6, '2024-01-04 10:00:00', 'e')")
    third = project.run()
    assert read.metadata(third, "shop/orders")["rows_read"] == 3, "rows 3, 4 and 6, not the older ones"


def test_a_lookback_reads_again_what_may_have_come_late(project: Any, read: Any, postgres_url: str) -> None:
    def write(sql: str) -> None:
        _postgres(postgres_url, sql)

    filled(write, ["(1, '2024-01-01 10:00', 'a')", "(2, '2024-01-01 11:00', 'b')"])
    shop(project, postgres_url, {**CURSOR, "key": ["id"], "lookback": "30m"})
    assert project.run().success
    write("insert into orders values (3, '2024-01-01 10:40', 'late'), (4, '2024-01-01 10:20', 'too late')")

    assert project.run().success

    assert project.rows(ORDERS) == [(1, "a"), (2, "b"), (3, "late")]


def test_a_view_where_the_table_belongs_says_nothing_of_what_was_read(
    project: Any, read: Any, tmp_path: Path
) -> None:
    filled(lambda sql: _sqlite(tmp_path, sql), ["(1, '2024-01-01 10:00:00', 'a')"])
    shop(project, f"sqlite:///{tmp_path / 'shop.sqlite'}")
    with project.warehouse.session() as session:
        later = "timestamp '2024-01-02 10:00:00' as updated_at"
        session.create_view("shop.orders", f"select 2::bigint as id, {later}, 'b' as note")

    result = project.run()

    assert result.success, read.failure(result)
    assert project.rows(ORDERS) == [(1, "a")]


def test_a_new_column_is_added(project: Any, read: Any, source: tuple[str, Write]) -> None:
    url, write = source
    filled(write, ["(1, '2024-01-01 10:00:00', 'a')", "(2, '2024-01-02 10:00:00', 'b')"])
    shop(project, url)
    assert project.run().success
    write("alter table orders add column amount decimal(10, 2)")
    write("insert into orders values (3, '2024-01-03 10:00:00', 'c', 1.25)")

    result = project.run()

    assert result.success, read.failure(result)
    assert project.rows("select id, amount::varchar from shop.orders order by id") == [
        (1, None),
        (2, None),
        (3, "1.25"),
    ]
    assert read.metadata(result, "shop/orders")["new_columns"] == "amount"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("alter table orders drop column note", "note is missing"),
        ("alter table orders alter column note type int using 7", None),
        ("alter table orders alter column id type text", "id was INTEGER and is VARCHAR"),
        ("alter table orders alter column price type numeric(12, 4) using 1.0625", "price was DECIMAL"),
        ("alter table orders drop column updated_at", "has no column 'updated_at'"),
        ("insert into orders values (2, '2024-01-03', 'twice')", "1 rows have another's"),
        ("insert into orders values (null, '2024-01-03', 'none')", "1 rows have none"),
    ],
)
def test_what_does_not_fit_leaves_the_table(
    project: Any, read: Any, postgres_url: str, change: str, reason: str | None
) -> None:
    def write(sql: str) -> None:
        _postgres(postgres_url, sql)

    filled(write, ["(1, '2024-01-01 10:00', 'a')", "(2, '2024-01-02 10:00', 'b')"])
    write("alter table orders add column price numeric(10, 2) default 1")
    shop(project, postgres_url)
    assert project.run().success
    write(change)

    result = project.run()

    if reason is None:
        assert project.rows(ORDERS) == [(1, "a"), (2, "7")], "a number is a text without a loss"
        return
    assert not result.success
    assert reason in read.failure(result)
    assert project.rows(ORDERS) == [(1, "a"), (2, "b")]
    assert project.rows("select table_name from duckdb_tables()") == [("orders",)]


def test_an_end_half_way_through_the_load_is_repaired_by_the_next_run(
    project: Any, read: Any, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dagway.components.warehouse.duckdb_session import DuckDBSession

    def write(sql: str) -> None:
        _postgres(postgres_url, sql)

    filled(write, ["(1, '2024-01-01 10:00', 'a')"])
    shop(project, postgres_url)
    assert project.run().success
    write("insert into orders values (2, '2024-01-02 10:00', 'b')")
    execute = DuckDBSession.execute

    def broken(self: DuckDBSession, sql: str) -> None:
        if sql.startswith(("insert", "drop")):
            raise duckdb.Error("the process ends")
        execute(self, sql)

    with monkeypatch.context() as patched:
        patched.setattr(DuckDBSession, "execute", broken)
        assert not project.run().success

    assert project.rows(ORDERS) == [(1, "a")]
    assert project.run().success
    assert project.rows(ORDERS) == [(1, "a"), (2, "b")]


def test_a_text_whose_order_is_the_databases_own_is_refused(
    project: Any, read: Any, postgres_url: str
) -> None:
    _postgres(postgres_url, "create table orders as select 1 as id, 'Ä' as updated_at, 'a' as note")
    shop(project, postgres_url)
    assert project.run().success

    result = project.run()

    assert "The cursor updated_at is text" in read.failure(result)


def test_a_cursor_and_partitions_do_not_go_together(project: Any, postgres_url: str) -> None:
    shop(project, postgres_url, partitions={"daily": "2024-01-01"}, incremental={"column": "updated_at"})

    with pytest.raises(Exception, match="Error while building definitions") as error:
        project.load()

    assert "has a cursor and partitions" in "".join(traceback.format_exception(error.value))
