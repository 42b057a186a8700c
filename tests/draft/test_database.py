import sqlite3
from pathlib import Path

import duckdb
import psycopg
import pytest

from dagway.draft.database import read_database
from dagway.errors import DagwayError


@pytest.fixture
def shop(tmp_path: Path) -> str:
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as database:
        database.executescript(
            "create table customers (id integer primary key, name text not null, balance numeric(10, 2));"
            'create table "Order Items" (number integer primary key, buyer integer references customers (id));'
        )
        database.executemany(
            "insert into customers values (?, ?, ?)", [(n, f"n{n}", n / 4) for n in range(1, 101)]
        )
        database.executemany(
            'insert into "Order Items" values (?, ?)', [(n, 1 + n % 100) for n in range(300)]
        )
    return f"sqlite:///{path}"


def test_tables_keys_and_references_are_read(shop: str, tmp_path: Path) -> None:
    source = read_database(shop, tmp_path, 1000)
    assert (source.name, source.integration, source.address) == ("shop", "sqlite", "SHOP_DATABASE_URL")
    items, customers = source.tables
    assert (items.name, items.origin, items.key, items.key_declared) == (
        "order_items",
        "Order Items",
        ("number",),
        True,
    )
    assert customers.column("balance").type == "DECIMAL(10,2)"
    (reference,) = source.references
    assert (reference.table, reference.column, reference.to, reference.to_column) == (
        "order_items",
        "buyer",
        "customers",
        "id",
    )


def test_the_rows_read_stand_in_for_the_database(shop: str, tmp_path: Path) -> None:
    source = read_database(shop, tmp_path, 120)
    items = tmp_path / source.demo / "order_items.parquet"
    with duckdb.connect() as connection:
        assert connection.execute(f"select count(*) from '{items}'").fetchall() == [(120,)]
    assert (source.tables[0].rows, source.tables[0].read) == (300, 120)


def test_only_the_named_tables_are_read(shop: str, tmp_path: Path) -> None:
    assert [table.name for table in read_database(shop, tmp_path, 10, ["customers"]).tables] == ["customers"]
    with pytest.raises(DagwayError, match="There is no table nothing"):
        read_database(shop, tmp_path, 10, ["nothing"])


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("mongodb://host/db", "mongodb is no database that can be read here"),
        ("postgresql://u:hidden@127.0.0.1:1/x", "cannot be read"),
        ("sqlite:////nowhere/x.db", "There is no database file"),
        ("://", "neither a folder nor a database address"),
    ],
)
def test_a_database_that_does_not_answer_is_named_without_its_password(
    address: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(DagwayError, match=message) as raised:
        read_database(address, tmp_path, 10)
    assert "hidden" not in str(raised.value)


def test_a_missing_database_file_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(DagwayError, match="There is no database file"):
        read_database(f"sqlite:///{tmp_path / 'new.db'}", tmp_path, 10)
    assert not (tmp_path / "new.db").exists()


@pytest.mark.parametrize(
    ("kind", "value"), [("date", "not a date"), ("numeric(5, 2)", "abc"), ("integer", "x"), ("timestamp", 3)]
)
def test_a_value_of_another_type_is_told(kind: str, value: object, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "s.db") as database:
        database.execute(f"create table t (c {kind})")
        database.execute("insert into t values (?)", (value,))
    with pytest.raises(DagwayError, match=r"^t holds a value that is not of its column's type"):
        read_database(f"sqlite:///{tmp_path / 's.db'}", tmp_path, 10)


@pytest.mark.integration
def test_postgresql_is_read_with_schemas_types_and_partitions(postgres_url: str, tmp_path: Path) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as database:
        database.execute(
            """
            create schema sales;
            create table customers (id int primary key, tags text[], extra jsonb, code uuid, ip inet, since text);
            insert into customers
              select i, array['a'], '{"a": 1}', gen_random_uuid(), '10.0.0.1', '2026-01-02' from generate_series(1, 60) i;
            create table sales.orders (order_id bigint primary key, buyer int references customers, amount numeric(9, 2));
            insert into sales.orders select i, 1 + i % 60, i from generate_series(1, 90) i;
            create table days (day date) partition by range (day);
            create table days_2026 partition of days for values from ('2026-01-01') to ('2027-01-01');
            """
        )
    source = read_database(postgres_url, tmp_path, 50)
    assert [(table.name, table.origin, table.rows, table.read) for table in source.tables] == [
        ("customers", "customers", 60, 50),
        ("days", "days", 0, 0),
        ("sales_orders", "sales.orders", 90, 50),
    ]
    customers, _, orders = source.tables
    assert {column.type for column in customers.columns if column.name != "id"} == {"VARCHAR"}
    assert customers.column("since").reads_as == "DATE"
    assert orders.column("amount").type == "DECIMAL(9,2)"
    (reference,) = read_database(postgres_url, tmp_path, 100).references
    assert (reference.table, reference.column, reference.to) == ("sales_orders", "buyer", "customers")
    assert [table.name for table in read_database(postgres_url, tmp_path, 9, ["days_2026"]).tables] == [
        "days_2026"
    ]
