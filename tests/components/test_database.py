"""A source or target database: exact types in, all or nothing out."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import psycopg
import pyarrow as pa
import pytest

from dagway.components.database import Database
from dagway.components.partitions import Part
from dagway.errors import DagwayError

pytestmark = pytest.mark.integration
JANUARY_2 = Part("placed", window=(datetime(2024, 1, 2, tzinfo=UTC), datetime(2024, 1, 3, tzinfo=UTC)))


@pytest.fixture
def shop(postgres_url: str) -> str:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("create schema shop")
        connection.execute(
            """create table shop.orders (id bigint, amount numeric(12, 2), free numeric, placed timestamptz, day date,
            details jsonb, token uuid, tags text[], small smallint, ratio double precision, raw bytea)"""
        )
        connection.execute(
            """insert into shop.orders values (9007199254740993, 0.10, 1.5, '2024-01-02 10:00+02', '2024-01-02',
            '{"a": [1, "ä"]}', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{x,y}', 3, 0.5, '\\x00ff'),
            (2, 3, null, '2024-01-05 00:00+00', '2024-01-05', null, null, null, null, null, null)"""
        )
    return postgres_url


def test_postgres_types_stay_exact(shop: str) -> None:
    with Database(url=shop).read("shop.orders") as batches:
        found = batches.read_all()

    assert found.to_pylist()[0] == {
        "id": 9007199254740993,
        "amount": Decimal("0.10"),
        "free": Decimal("1.5").quantize(Decimal("1e-18")),
        "placed": datetime(2024, 1, 2, 8, tzinfo=UTC),
        "day": date(2024, 1, 2),
        "details": '{"a": [1, "ä"]}',
        "token": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        "tags": '["x", "y"]',
        "small": 3,
        "ratio": 0.5,
        "raw": b"\x00\xff",
    }
    assert found.num_rows == 2


def test_only_the_part_is_read(shop: str) -> None:
    with Database(url=shop).read("shop.orders", JANUARY_2) as batches:
        assert [row["id"] for row in batches.read_all().to_pylist()] == [9007199254740993]
    with Database(url=shop).read("shop.orders", Part("small", names=("3",))) as batches:
        assert batches.read_all().num_rows == 1


def test_sqlite_and_duckdb_are_read(tmp_path: Path) -> None:
    sqlite = tmp_path / "shop.sqlite"
    with sqlite3.connect(sqlite) as connection:
        connection.execute("create table orders (id integer, placed text, amount numeric(10, 2))")
        connection.execute("insert into orders values (1, '2024-01-02', 1.5), (2, '2024-01-03', null)")
    connection.close()
    duck = tmp_path / "shop.duckdb"
    with duckdb.connect(str(duck)) as opened:
        opened.execute(
            "create table orders as select 1 as id, date '2024-01-02' as placed, 1.5::decimal(10,2) as amount"
        )

    for url in (f"sqlite:///{sqlite}", f"duckdb:///{duck}"):
        with Database(url=url).read("orders", JANUARY_2) as batches:
            found = batches.read_all().to_pylist()
        assert [(row["id"], row["amount"]) for row in found] == [(1, Decimal("1.50"))]


def test_what_cannot_be_read_is_named_without_the_password(shop: str) -> None:
    for url, table, reason in [
        (shop, "shop.nothing", "has no table"),
        ("postgresql://u:s3cret@127.0.0.1:1/d", "t", "Check that the database runs"),
        ("nonsense://u:s3cret@host/d", "t", "is no database address"),
        ("oracle://u:s3cret@127.0.0.1/d", "t", "needs the Python package oracledb"),
    ]:
        with pytest.raises(DagwayError, match=reason) as error, Database(url=url).read(table):
            pass
        assert "s3cret" not in str(error.value)


def test_a_written_table_holds_exactly_the_rows(postgres_url: str, tmp_path: Path) -> None:
    rows = pa.table(
        {
            "id": [1, 2],
            "amount": pa.array([Decimal("1.10"), None], pa.decimal128(10, 2)),
            "at": [date(2024, 1, 1), None],
        }
    )
    for url in (postgres_url, f"sqlite:///{tmp_path / 'x.sqlite'}", f"duckdb:///{tmp_path / 'x.duckdb'}"):
        database = Database(url=url)
        assert database.write("customers", rows.to_reader()) == 2
        assert database.write("customers", rows.slice(0, 1).to_reader()) == 1
        with database.read("customers") as batches:
            assert batches.read_all().to_pylist() == rows.to_pylist()[:1]


def test_a_target_with_other_columns_stays_as_it_was(postgres_url: str) -> None:
    database = Database(url=postgres_url)
    database.write("customers", pa.table({"id": [1]}).to_reader())

    with pytest.raises(DagwayError, match="has no column more"):
        database.write("customers", pa.table({"id": [2], "more": ["x"]}).to_reader())

    with database.read("customers") as batches:
        assert batches.read_all().to_pylist() == [{"id": 1}]
    with psycopg.connect(postgres_url) as connection:
        found = connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone()
    assert found == (1,)


@pytest.mark.parametrize(("hour", "days"), [(0, 1), (5, 0)])
def test_an_hour_of_a_date_column_is_its_midnight(shop: str, hour: int, days: int) -> None:
    window = (datetime(2024, 1, 2, hour, tzinfo=UTC), datetime(2024, 1, 2, hour + 1, tzinfo=UTC))
    with Database(url=shop).read("shop.orders", Part("day", window=window)) as batches:
        assert batches.read_all().num_rows == days


def test_an_hour_of_a_text_column_is_not_lost(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.sqlite") as connection:
        connection.execute("create table orders (placed text)")
        connection.execute("insert into orders values ('2024-01-02 05:30'), ('2024-01-03 05:30')")
    window = (datetime(2024, 1, 2, 5, tzinfo=UTC), datetime(2024, 1, 2, 6, tzinfo=UTC))
    with Database(url=f"sqlite:///{tmp_path / 'shop.sqlite'}").read(
        "orders", Part("placed", window=window)
    ) as batches:
        assert batches.read_all().to_pylist() == [{"placed": "2024-01-02 05:30"}]
