"""A source or target database: exact types in, all or nothing out."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import duckdb
import psycopg
import pyarrow as pa
import pytest
import sqlalchemy as sa

from dagway.components.database import Database
from dagway.components.partitions import Part
from dagway.components.source import store
from dagway.components.warehouse import DuckDBWarehouse
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


def test_what_csv_could_confuse_stays_apart(postgres_url: str) -> None:
    texts = ["", None, "null", '"', "a,b", "line\nbreak", "\\.", "100%"]
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("create table texts (note text)")
        for text in texts:
            connection.execute("insert into texts values (%s)", (text,))
        connection.execute("create table empty (id int)")
        connection.execute(
            """create table odd as select true as flag, null::boolean as none, interval '1 day 2 hours' as span,
            time '10:00:00.5' as clock, 'infinity'::float8 as endless, array[[1, 2]] as nested, '{"b":1}'::json as raw,
            'x'::"char" as one, int4range(1, 5) as range, -0.5::real as small"""
        )

    database = Database(url=postgres_url)
    with database.read("texts") as batches:
        assert batches.read_all()["note"].to_pylist() == texts
    with database.read("empty") as batches:
        assert batches.read_all().schema == pa.schema([("id", pa.int32())])
    with database.read("odd") as batches:
        assert batches.read_all().to_pylist() == [
            {
                "flag": True,
                "none": None,
                "span": "1 day 02:00:00",
                "clock": time(10, 0, 0, 500000),
                "endless": float("inf"),
                "nested": "[[1, 2]]",
                "raw": '{"b":1}',
                "one": "x",
                "range": "[1,5)",
                "small": -0.5,
            }
        ]


def test_a_value_without_a_place_names_its_column(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("create table moments as select 1 as id, 'infinity'::timestamptz as placed")

    with (
        pytest.raises(DagwayError, match=r"The column placed: .*infinity"),
        Database(url=postgres_url).read("moments") as batches,
    ):
        batches.read_all()


def test_mysql_types_stay_exact(mysql_url: str) -> None:
    with _mysql(mysql_url) as connection:
        connection.exec_driver_sql(
            """create table orders (id bigint unsigned, amount decimal(12, 2), paid tinyint(1), small tinyint, bits bit(9),
            at datetime(6), moment timestamp null, day date, clock time(6), details json, raw blob, note varchar(20),
            kind enum('a', 'b'), tags set('x', 'y'), made year, ratio double, few int unsigned)"""
        )
        connection.exec_driver_sql("set time_zone = '+02:00'")
        connection.exec_driver_sql(
            """insert into orders values (18446744073709551615, 0.10, 1, 5, b'100000001', '2024-01-02 10:00:00.5',
            '2024-01-02 10:00:00', '2024-01-02', '10:00:00.5', '{"a": [1, "ä"]}', x'00ff', '🦆', 'b', 'y,x', 2024, 0.5,
            4294967295)"""
        )
        connection.exec_driver_sql("insert into orders (id) values (2)")

    with Database(url=mysql_url).read("orders") as batches:
        found = batches.read_all().to_pylist()

    assert found[0] == {
        "id": 18446744073709551615,
        "amount": Decimal("0.10"),
        "paid": True,
        "small": 5,
        "bits": 257,
        "at": datetime(2024, 1, 2, 10, 0, 0, 500000),  # noqa: DTZ001  the column has no zone
        "moment": datetime(2024, 1, 2, 8, tzinfo=UTC),
        "day": date(2024, 1, 2),
        "clock": time(10, 0, 0, 500000),
        "details": '{"a": [1, "ä"]}',
        "raw": b"\x00\xff",
        "note": "🦆",
        "kind": "b",
        "tags": "x,y",
        "made": 2024,
        "ratio": 0.5,
        "few": 4294967295,
    }
    assert [name for name, value in found[1].items() if value is not None] == ["id"]
    window = (datetime(2024, 1, 2, 9, tzinfo=timezone(timedelta(hours=1))), datetime(2024, 1, 3, tzinfo=UTC))
    with Database(url=mysql_url).read("orders", Part("moment", window=window)) as batches:
        assert batches.read_all().num_rows == 1


def test_a_number_is_no_truth_value(mysql_url: str) -> None:
    with _mysql(mysql_url) as connection:
        connection.exec_driver_sql("create table orders (paid tinyint(1))")
        connection.exec_driver_sql("insert into orders values (2)")

    with (
        pytest.raises(DagwayError, match="The column paid has a value that is no bool"),
        Database(url=mysql_url).read("orders") as batches,
    ):
        batches.read_all()


def test_a_connection_that_dies_half_way_leaves_the_table(postgres_url: str, tmp_path: Path) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(
            "create view orders as select g as id, repeat('x', 500) as note from generate_series(1, 200000) g"
        )

        def end() -> None:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
                " and pid <> pg_backend_pid()"
            )

        _refuses_what_ends_early(Database(url=postgres_url), end, tmp_path)


def test_a_mysql_connection_that_dies_half_way_leaves_the_table(mysql_url: str, tmp_path: Path) -> None:
    with _mysql(mysql_url) as connection:
        numbers = "select 1 as n" + " union all select 1" * 99
        connection.exec_driver_sql(
            f"create view orders as select a.n as id, repeat('x', 500) as note from ({numbers}) a, ({numbers}) b, ({numbers}) c"
        )

        def end() -> None:
            others = connection.exec_driver_sql(
                "select id from information_schema.processlist where db = database() and id <> connection_id()"
            )
            for (number,) in others.fetchall():
                connection.exec_driver_sql(f"kill {number}")

        _refuses_what_ends_early(Database(url=mysql_url), end, tmp_path)


def _refuses_what_ends_early(database: Database, end: Callable[[], None], folder: Path) -> None:
    """The connection ends after the first batch: the error says so, and the table keeps its row."""

    @contextmanager
    def ending() -> Generator[pa.RecordBatchReader]:
        with database.read("orders") as batches:

            def read() -> Iterator[pa.RecordBatch]:
                yield batches.read_next_batch()
                end()
                yield from batches

            yield pa.RecordBatchReader.from_batches(batches.schema, read())

    with DuckDBWarehouse(database=str(folder / "w.duckdb")).session() as session:
        session.replace("shop.orders", pa.table({"id": [7]}).to_reader())
        with pytest.raises(DagwayError, match="Check that the database runs"):
            store(session, "shop.orders", ending(), None)
        assert session.rows("select * from shop.orders") == [(7,)]


@contextmanager
def _mysql(url: str) -> Generator[sa.Connection]:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_a_server_that_accepts_and_says_nothing_is_told(scheme: str, silent_address: str) -> None:
    database = Database(url=f"{scheme}://u:s3cret@{silent_address}/d", connect_timeout=2)

    with pytest.raises(DagwayError, match=f"{scheme}://u:.*(timeout|timed out)") as error:
        database.count("things")

    assert "s3cret" not in str(error.value)


def test_rows_that_do_not_come_are_not_waited_for_without_an_end(postgres_url: str) -> None:
    database = Database(url=postgres_url, answer_timeout=1, statement_timeout=1)
    with psycopg.connect(postgres_url) as holder:
        holder.execute("create table things (id bigint)")
        holder.commit()
        holder.execute("lock table things in access exclusive mode")

        with (
            pytest.raises(DagwayError, match="sent nothing for 1 s"),
            database.read("things") as batches,
        ):
            batches.read_all()
        for ask in (
            lambda: database.count("things"),
            lambda: database.write("things", pa.table({"id": [1]}).to_reader()),
        ):
            with pytest.raises(DagwayError, match="statement timeout"):
                ask()


def test_rows_that_stop_half_way_are_not_waited_for_without_an_end(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        wide = "select repeat('x', 100000) as text from generate_series(1, 200)"
        connection.execute(
            f"create view things as {wide} union all select 'last' from pg_sleep(600)".encode()
        )

    with (
        pytest.raises(DagwayError, match="sent nothing for 1 s"),
        Database(url=postgres_url, answer_timeout=1).read("things") as batches,
    ):
        batches.read_all()


def test_mysql_waits_for_answers_longer_than_for_a_connection(mysql_url: str) -> None:
    engine = sa.create_engine(mysql_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("create view things as select sleep(3) as id")
    engine.dispose()

    with Database(url=mysql_url, connect_timeout=1).read("things") as batches:
        assert batches.read_all().num_rows == 1
    with (
        pytest.raises(DagwayError, match="timed out"),
        Database(url=mysql_url, answer_timeout=1).read("things") as batches,
    ):
        batches.read_all()


BERLIN = timezone(timedelta(hours=2))
PRECISE = pa.table(
    {
        "moment": pa.array(
            [datetime(2024, 6, 1, 12, 0, 0, 123456, tzinfo=BERLIN)], pa.timestamp("us", tz="Europe/Berlin")
        ),
        "wall": pa.array(
            [datetime(2024, 6, 1, 12, 0, 0, 999999, tzinfo=UTC).replace(tzinfo=None)], pa.timestamp("us")
        ),
        "hour": pa.array([time(23, 59, 59, 999999)], pa.time64("us")),
        "largest": pa.array([2**64 - 1], pa.uint64()),
        "amount": pa.array([Decimal("12345678901234567890.12345678")], pa.decimal128(28, 8)),
        "ratio": [0.1 + 0.2],
        "text": ["漢字 🙂" * 20_000],
        "raw": [b"\x00\xff" * 40_000],
    }
)


def test_a_table_written_to_mysql_keeps_its_values(mysql_url: str) -> None:
    database = Database(url=mysql_url)

    assert database.write("things", PRECISE.to_reader()) == 1

    with database.read("things") as batches:
        (found,) = batches.read_all().to_pylist()
    # MySQL keeps no zone with a time: a moment is told in UTC.
    moment = datetime(2024, 6, 1, 10, 0, 0, 123456, tzinfo=UTC).replace(tzinfo=None)
    wanted = {**PRECISE.to_pylist()[0], "moment": moment}
    assert found == wanted


def test_a_value_without_a_place_in_mysql_is_an_error(mysql_url: str) -> None:
    engine = sa.create_engine(mysql_url)
    with engine.begin() as connection:
        # Of such a table, a server that is strict with transactions only cuts all values but the first.
        connection.exec_driver_sql("create table things (text varchar(3)) engine = myisam")
    engine.dispose()

    with pytest.raises(DagwayError, match="too long"):
        Database(url=mysql_url).write("things", pa.table({"text": ["abc", "abcd"]}).to_reader())


def test_a_number_beyond_63_bits_has_its_place(postgres_url: str) -> None:
    database = Database(url=postgres_url)
    given = pa.table({"largest": pa.array([2**64 - 1], pa.uint64())})

    database.write("things", given.to_reader())

    with database.read("things") as batches:
        assert batches.read_all().to_pylist() == [{"largest": Decimal(2**64 - 1)}]


def test_sql_server_gets_types_that_keep_every_value() -> None:
    """No server of it runs here: what is shown is the statement that it would get."""
    from sqlalchemy.dialects import mssql
    from sqlalchemy.schema import CreateTable

    from dagway.components.database_write import columns_of

    statement = str(
        CreateTable(sa.Table("things", sa.MetaData(), *columns_of(PRECISE.schema))).compile(
            dialect=mssql.dialect()
        )
    )
    lines = (line.strip(" \t,") for line in statement.splitlines() if line.startswith("\t"))
    types = dict(line.removesuffix(" NULL").split(" ", 1) for line in lines)
    assert types == {
        "moment": "DATETIMEOFFSET(6)",
        "wall": "DATETIME2(6)",
        "hour": "TIME(6)",
        "largest": "NUMERIC(20, 0)",
        "amount": "NUMERIC(28, 8)",
        "ratio": "DOUBLE PRECISION",
        "text": "NVARCHAR(max)",
        "raw": "VARBINARY(max)",
    }
