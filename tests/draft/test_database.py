import sqlite3
import warnings
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import psycopg
import pytest
import sqlalchemy as sa
from holding_proxy import Proxy, before_postgres, by_way_of
from services import PostgresServer

from dagway.components.database import Database
from dagway.components.patience import Waits
from dagway.draft.database import read_database
from dagway.draft.model import SourceProfile
from dagway.errors import DagwayError

LONG = "create table orders as select g as id, repeat('x', 500) as note from generate_series(1, 9000) g"
"""So many bytes that a connection can end amid them."""


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


def test_rows_for_which_there_is_no_room_are_told(
    shop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = duckdb.connect
    little: dict[str, Any] = {"memory_limit": "100KB", "temp_directory": ""}
    monkeypatch.setattr(duckdb, "connect", lambda: connect(config=little))
    with pytest.raises(DagwayError, match="Rows cannot be kept here for the draft: Out of Memory") as raised:
        read_database(shop, tmp_path, 1000)
    assert "--sample" in raised.value.remedy


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


def stand_in_as_a_run_reads_them(source: SourceProfile, url: str, base: Path) -> None:
    """The demo file of each table has the types and the values that a run reads, and the profile names these types."""
    assert source.tables
    for table in source.tables:
        with Database(url=url).read(table.origin) as batches, duckdb.connect() as connection:
            read = connection.from_arrow(batches)
            stood_in = connection.sql(f"from '{base / source.demo / table.name}.parquet'")
            assert [column.type for column in table.columns] == list(map(str, read.types))
            assert (stood_in.columns, stood_in.types) == (read.columns, read.types)
            assert stood_in.fetchall() == read.fetchall()


@pytest.mark.integration
def test_rows_of_postgresql_stand_in_as_a_run_reads_them(postgres_url: str, tmp_path: Path) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as database:
        database.execute(
            """
            create table things (id int primary key, tags text[], extra jsonb, place point, wide numeric(40, 5),
                free numeric, whole int, large bigint, moment timestamptz, wall timestamp, hour time, ratio real, raw bytea);
            insert into things values (1, array['a', 'it''s'], '{"a": [true, null]}', '(1,2)', 12345678901234567890.5,
                0.123456789012345678, 1, 2, '2026-01-02 10:00+02', '2026-01-02 10:00', '10:00:00.5', 0.1, '\\xde');
            create table "dotted.name" (id int primary key);
            insert into "dotted.name" values (7);
            create materialized view kept as select id from things;
            """
        )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        source = read_database(postgres_url, tmp_path, 10)
    assert [table.origin for table in source.tables] == ["dotted.name", "kept", "things"]
    stand_in_as_a_run_reads_them(source, postgres_url, tmp_path)
    with duckdb.connect() as connection:
        file = tmp_path / source.demo / "things.parquet"
        assert connection.execute(f"select tags, extra from '{file}'").fetchall() == [
            ('["a", "it\'s"]', '{"a": [true, null]}')
        ]


@pytest.mark.integration
def test_rows_of_mysql_stand_in_as_a_run_reads_them(mysql_url: str, tmp_path: Path) -> None:
    engine = sa.create_engine(mysql_url)
    with engine.begin() as database:
        database.exec_driver_sql("set time_zone = '+02:00'")
        database.exec_driver_sql(
            """create table things (id bigint unsigned primary key, paid tinyint(1), small tinyint, bits bit(9),
            moment timestamp, at datetime(6), made year, ratio double, tags set('x', 'y'), details json, clock time(6))"""
        )
        database.exec_driver_sql(
            """insert into things values (18446744073709551615, 1, 5, b'100000001', '2024-01-02 10:00:00',
            '2024-01-02 10:00:00.5', 2024, 0.5, 'y,x', '{"a": 1}', '10:00:00.5')"""
        )
    engine.dispose()

    source = read_database(f"{mysql_url}?init_command=set time_zone = '%2B05:00'", tmp_path, 10)

    stand_in_as_a_run_reads_them(source, mysql_url, tmp_path)
    assert source.tables[0].column("paid").type == "BOOLEAN"


@pytest.mark.integration
def test_a_table_that_may_not_be_read_is_told_with_the_rights_that_are_missing(
    postgres_url: str, tmp_path: Path
) -> None:
    reader = f"reader_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as database:
        database.execute(f"create role {reader}; create table kept (id int)".encode())
        mark = "&" if "?" in postgres_url else "?"
        try:
            with pytest.raises(DagwayError, match="permission denied for table kept") as raised:
                read_database(f"{postgres_url}{mark}options=-crole%3D{reader}", tmp_path, 10)
            assert "rights to read" in raised.value.remedy
        finally:
            database.execute(f"drop role {reader}".encode())


@pytest.mark.integration
def test_a_server_that_goes_down_amid_the_rows_is_told_and_not_the_data(
    own_postgres: PostgresServer, tmp_path: Path
) -> None:
    with psycopg.connect(own_postgres.url(), autocommit=True) as database:
        database.execute(LONG)
    with Proxy(("127.0.0.1", own_postgres.port)).running() as proxy:
        proxy.hold("server", 1_000_000, then=own_postgres.stop)

        with pytest.raises(DagwayError, match=r"cannot be read: .*closed the connection") as raised:
            read_database(by_way_of(proxy, own_postgres.url()), tmp_path, 20_000)

    assert "Check that the server runs" in raised.value.remedy
    own_postgres.start()
    (orders,) = read_database(own_postgres.url(), tmp_path, 20_000).tables
    assert orders.read == 9000


@pytest.mark.integration
@pytest.mark.parametrize("after", [1_000, 1_000_000], ids=["before_the_rows", "amid_the_rows"])
def test_a_server_that_falls_silent_is_not_waited_for_without_an_end(
    postgres_url: str, tmp_path: Path, after: int
) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as database:
        database.execute(LONG)
    with before_postgres(postgres_url).running() as proxy:
        proxy.hold("server", after)

        with pytest.raises(DagwayError, match=r"cannot be read: .*The server has sent nothing for 3 s"):
            read_database(by_way_of(proxy, postgres_url), tmp_path, 20_000, waits=Waits(answer=3))

        assert proxy.held.is_set()


@pytest.mark.parametrize("scheme", ["postgresql", "mysql", "mariadb"])
def test_a_server_that_accepts_and_says_nothing_is_told(
    scheme: str, silent_address: str, tmp_path: Path
) -> None:
    with pytest.raises(DagwayError, match=r"cannot be read: .*(timeout|timed out)") as raised:
        read_database(f"{scheme}://u:s3cret@{silent_address}/d", tmp_path, 10, waits=Waits(connect=2))
    assert "s3cret" not in str(raised.value)


@pytest.mark.integration
def test_columns_that_differ_only_by_case_are_refused_and_a_view_that_renames_one_is_read(
    postgres_url: str, tmp_path: Path
) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as database:
        database.execute(
            """
            create table orders (id int primary key, "ID" text, "É" text, "é" text);
            insert into orders values (1, 'first', 'large', 'small');
            create view renamed as select id, "ID" as other, "É", "é" from orders;
            """
        )
    with pytest.raises(DagwayError, match=r"^orders has a column 'ID' that DuckDB would call") as raised:
        read_database(postgres_url, tmp_path, 10)
    assert "--table" in raised.value.remedy
    # DuckDB tells apart what is beyond ASCII.
    source = read_database(postgres_url, tmp_path, 10, ["renamed"])
    with duckdb.connect() as connection:
        file = tmp_path / source.demo / "renamed.parquet"
        assert connection.execute(f"select * from '{file}'").fetchall() == [(1, "first", "large", "small")]


@pytest.mark.integration
def test_a_table_without_columns_is_told(postgres_url: str, tmp_path: Path) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as database:
        database.execute("create table bare ()")
    with pytest.raises(DagwayError, match=r"^bare has no column\."):
        read_database(postgres_url, tmp_path, 10)
