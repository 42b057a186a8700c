"""Snowflake as the warehouse of components, with fakesnow in its place: Snowflake's dialect and connector on DuckDB."""

# pyarrow's stubs leave type parameters open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pyarrow as pa
import pytest
from view_in_the_way import gives_way

from dagway.components.database import Database
from dagway.components.warehouse import Session, SnowflakeWarehouse, duckdb_session
from dagway.components.warehouse.merge import merge
from dagway.errors import DagwayError

pytestmark = [
    pytest.mark.integration,
    pytest.mark.filterwarnings("ignore:Arrow output on a DB-API result"),
]


@pytest.fixture
def warehouse(tmp_path: Path) -> SnowflakeWarehouse:
    folder = str(tmp_path / "snowflake")
    return SnowflakeWarehouse(
        account="demo", user="demo", database="analytics", demo_mode=True, demo_folder=folder
    )


@pytest.fixture
def session(warehouse: SnowflakeWarehouse) -> Iterator[Session]:
    with warehouse.session() as opened:
        yield opened


@pytest.fixture
def shop(project: Any, warehouse: SnowflakeWarehouse) -> Any:
    project.resources["warehouse"] = warehouse
    return project


def numbers(*values: int) -> pa.RecordBatchReader:
    return pa.table({"id": list(values)}).to_reader()


def test_values_come_back_as_they_went_in(session: Session) -> None:
    given = pa.table(
        {
            "whole": [1, None],
            "exact": pa.array([Decimal("1.10"), None], pa.decimal128(12, 2)),
            "real": [1.5, None],
            "moment": pa.array([datetime(2024, 1, 1, 12, tzinfo=UTC), None], pa.timestamp("us", tz="UTC")),
            "clock": pa.array([datetime(2024, 1, 1, 12), None], pa.timestamp("us")),  # noqa: DTZ001  without a zone
            "day": [date(2024, 1, 1), None],
            "text": ["a\tb\\n'c", None],
            "flag": [True, None],
            "bytes": [b"\x00\xff", None],
            "Mixed Case": ["x", None],
        }
    )

    session.replace("landing.things", given.to_reader())

    found = session.query("select * from landing.things")
    assert found.to_pylist() == given.to_pylist()
    assert str(found.schema.field("exact").type) == "decimal128(12, 2)"
    assert session.batches("select * from landing.things where whole > 5").read_all().num_rows == 0


def test_a_failing_batch_leaves_the_old_table(session: Session) -> None:
    def batches() -> Iterator[pa.RecordBatch]:
        yield pa.RecordBatch.from_pydict({"id": [7]})
        raise DagwayError("The source broke.")

    session.replace("landing.things", numbers(1, 2))
    for where in (None, "id = 7"):
        broken = pa.RecordBatchReader.from_batches(pa.schema([("id", pa.int64())]), batches())
        with pytest.raises(DagwayError, match="The source broke"):
            session.replace("landing.things", broken, where)

    assert session.rows("select id from landing.things order by id") == [(1,), (2,)]
    tables = "select lower(table_name) from information_schema.tables where lower(table_schema) = 'landing'"
    assert session.rows(tables) == [("things",)], "nothing is left beside it"


def test_a_file_that_another_process_holds_is_waited_for(
    warehouse: SnowflakeWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    with warehouse.session() as session:
        session.execute("create schema if not exists landing")
    file = str(Path(str(warehouse.demo_folder)) / "ANALYTICS.db")
    hold = f"import duckdb; held = duckdb.connect({file!r}); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        hasty = warehouse.model_copy(update={"patience": 0})
        with pytest.raises(DagwayError, match="Another process holds"), hasty.session():
            pass

        def pause(_: float) -> None:
            holder.communicate("\n")

        monkeypatch.setattr(duckdb_session.time, "sleep", pause)

        with warehouse.session() as session:
            assert session.rows("select 1") == [(1,)]


def test_two_parts_of_a_table_may_be_loaded_at_the_same_time(session: Session) -> None:
    session.replace("landing.days", pa.table({"day": [1, 2, 3]}).to_reader())
    schema = pa.schema({"day": pa.int64()})

    def batches() -> Iterator[pa.RecordBatch]:
        yield pa.RecordBatch.from_pydict({"day": [1]}, schema)
        session.replace("landing.days", pa.table({"day": [2, 2]}).to_reader(), "day = 2")
        yield pa.RecordBatch.from_pydict({"day": [1]}, schema)

    session.replace("landing.days", pa.RecordBatchReader.from_batches(schema, batches()), "day = 1")

    assert session.rows("select day from landing.days order by day") == [(1,), (1,), (2,), (2,), (3,)]
    assert session.rows("show tables like '%dagway_new%'") == []


def test_parts_views_and_transactions(session: Session) -> None:
    session.replace("landing.things", numbers(1, 2, 3))
    session.replace("landing.things", numbers(3, 4), "id >= 3")
    assert session.rows("select id from landing.things order by id") == [(1,), (2,), (3,), (4,)]
    with pytest.raises(DagwayError, match=r"id was NUMBER\(38,0\) and is TEXT"):
        session.create_table("landing.things", "select 'x' as id", "id = 1")
    with pytest.raises(ZeroDivisionError), session.transaction():  # noqa: PT012  the statement before the error counts
        session.execute("delete from landing.things")
        raise ZeroDivisionError
    assert session.scalar("select count(*) from landing.things") == 4
    session.create_view("marts.one", "select 2 as x")
    session.create_table("marts.one", "select 3 as x")
    assert session.scalar("select x from marts.one") == 3
    assert session.columns("nowhere.nothing") == []


@pytest.mark.parametrize(
    ("kept", "given", "taken"),
    [
        ("2.5::float", "2.5::number(38, 18)", True),
        ("2.5::float", "0.1234567890123456::number(38, 18)", False),
        ("2.5::float", "9007199254740993::number(38, 0)", False),
        ("2::number(38, 0)", "2.0::float", True),
        ("2::number(38, 0)", "2.5::float", False),
        ("2.5::number(12, 2)", "2.5::number(12, 3)", True),
        ("2.5::number(12, 2)", "2.505::number(12, 3)", False),
        ("'2024-01-01'::date", "'2024-01-01 00:00:00'::timestamp_ntz", True),
        ("'2024-01-01'::date", "'2024-01-01 00:00:01'::timestamp_ntz", False),
    ],
)
def test_only_values_that_would_be_lost_are_refused(
    session: Session, kept: str, given: str, taken: bool
) -> None:
    session.create_table("landing.typed", f"select 1 as part, {kept} as value")
    refused = nullcontext() if taken else pytest.raises(DagwayError, match="which 1 values do not fit")
    with refused:
        session.create_table("landing.typed", f"select 1 as part, {given} as value", "part = 1")


def test_a_view_gives_way_to_a_table_of_which_only_a_part_is_loaded(session: Session) -> None:
    gives_way(session, lambda: numbers(1))


def test_what_killed_loads_left_is_looked_for_once(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    rows = session.rows

    def noted(sql: str) -> list[tuple[Any, ...]]:
        asked.append(sql)
        return rows(sql)

    monkeypatch.setattr(session, "rows", noted)
    merge(session, "landing.things", numbers(1), ["id"])

    assert len([sql for sql in asked if "like 'dagway!_" in sql]) == 1


def test_components_build_check_and_export_by_configuration(
    shop: Any, read: Any, warehouse: SnowflakeWarehouse, tmp_path: Path
) -> None:
    source = tmp_path / "shop.sqlite"
    with sqlite3.connect(source) as connection:
        connection.execute("create table orders (id integer, amount numeric(10, 2), ordered_at date)")
        days = [(1, 2.5, "2024-01-01"), (2, 4.0, "2024-01-02"), (3, 8.0, "2024-01-02")]
        connection.executemany("insert into orders values (?, ?, ?)", days)
    shop.resources["shop"] = Database(url=f"sqlite:///{source}")
    orders = {"name": "orders", "columns": {"amount": "decimal(10, 2)"}, "checks": [{"unique": "id"}]}
    shop.component("shop", "SqlTables", {"source": "shop", "tables": [orders]})
    daily = {
        "partitions": {"daily": "2024-01-01", "end": "2024-01-03"},
        "incremental": {"column": "ordered_at"},
    }
    shop.model(
        "marts/daily",
        "select ordered_at, count(*) as orders, sum(amount) as revenue from shop.orders group by ordered_at",
        **daily,
    )
    shop.model("marts/total", "select sum(revenue)::double as revenue from marts.daily", materialized="view")
    checks = [{"range": {"column": "revenue", "min": 1, "max": 10}}, {"row_count": {"min": 2}}]
    shop.component("checks", "DataChecks", {"asset": "marts/daily", "checks": checks})
    export = {"key": "exports/daily", "asset": "marts/daily", "database": "crm", "table": "daily"}
    shop.component("exports/daily", "TableExport", export)
    shop.resources["crm"] = Database(url=f"duckdb:///{tmp_path / 'crm.duckdb'}")

    with dg.DagsterInstance.ephemeral() as instance:
        loaded = shop.run("key:shop/orders", instance=instance)
        assert loaded.success, read.failure(loaded)
        built = shop.run("key:marts/daily", instance=instance, partitions=("2024-01-01", "2024-01-02"))
        assert built.success, read.failure(built)
        rest = shop.run("key:marts/total or key:exports/daily", instance=instance)
        assert rest.success, read.failure(rest)

    assert shop.rows("select count(*), sum(revenue) from marts.daily") == [(2, Decimal("14.50"))]
    assert shop.rows("select revenue from marts.total") == [(14.5,)]
    told = {name: check.passed for name, check in read.checks(built).items()}
    assert told == {"range_revenue": False, "row_count": True}
    assert read.checks(loaded)["unique_id"].passed
    lineage = read.metadata(built, "marts/daily")["dagster/column_lineage"]
    assert [dep.column_name for dep in lineage.deps_by_column["revenue"]] == ["amount"]
    with duckdb.connect(str(tmp_path / "crm.duckdb")) as connection:
        found = connection.execute("select orders, revenue::double from daily order by ordered_at").fetchall()
    assert found == [(1, 2.5), (2, 12.0)]

    # A partition again replaces its own rows only; a table that is gone at the source leaves what was loaded.
    with sqlite3.connect(source) as connection:
        connection.execute("update orders set amount = 1 where id = 3")
    with dg.DagsterInstance.ephemeral() as instance:
        assert shop.run("key:shop/orders", instance=instance).success
        again = shop.run("key:marts/daily", instance=instance, partitions=("2024-01-02", "2024-01-02"))
        assert again.success, read.failure(again)
        with sqlite3.connect(source) as connection:
            connection.execute("drop table orders")
        gone = shop.run("key:shop/orders", instance=instance)
    assert not gone.success
    assert "has no table orders" in read.failure(gone)
    assert shop.rows("select revenue from marts.daily order by ordered_at") == [
        (Decimal("2.50"),),
        (Decimal("5.00"),),
    ]
    assert shop.rows("select count(*) from shop.orders") == [(3,)]


def test_rows_of_a_query_take_their_places_by_key(
    shop: Any, read: Any, warehouse: SnowflakeWarehouse
) -> None:
    def run(query: str) -> tuple[dg.ExecuteInProcessResult, list[tuple[Any, ...]]]:
        shop.model("marts/orders", query, incremental={"key": "id"})
        result = shop.run()
        return result, shop.rows("select id, amount from marts.orders order by id")

    def refused(query: str) -> str:
        result, rows = run(query)
        assert not result.success
        assert rows == [(1, 10), (2, 25), (3, 30)]
        tables = "select lower(table_name) from information_schema.tables where lower(table_schema) = 'marts'"
        assert shop.rows(tables) == [("orders",)], "nothing is left beside it"
        return read.failure(result)

    first, rows = run("select 1 as id, 10 as amount union all select 2, 20")
    assert first.success, read.failure(first)
    assert rows == [(1, 10), (2, 20)]
    second, rows = run("select 2 as id, 25 as amount union all select 3, 30")
    assert second.success, read.failure(second)
    assert rows == [(1, 10), (2, 25), (3, 30)]
    assert read.metadata(second, "marts/orders")["rows_updated"] == 1

    assert "1 rows have another's" in refused("select 2 as id, 1 as amount union all select 2, 2")
    assert "1 rows have none" in refused("select 2 as id, 1 as amount union all select null, 2")
    assert "amount is missing" in refused("select 2 as id")
    assert "which 1 values do not fit" in refused("select 2 as id, 2.5 as amount")
    assert "no column id" in refused("select 2 as other")
    refused("select 2 as id, cast(t as integer) as amount from (select '1' as t union all select 'none')")
    with warehouse.session() as session:
        session.execute("alter table marts.orders alter column amount set not null")
    assert "null" in refused("select 2 as id, null::integer as amount").lower()

    last, rows = run("select 2 as id, 26 as amount, 'paid' as status")
    assert last.success, read.failure(last)
    assert rows == [(1, 10), (2, 26), (3, 30)]
    assert read.metadata(last, "marts/orders")["new_columns"] == "status"


def test_demo_mode_needs_a_folder() -> None:
    warehouse = SnowflakeWarehouse(account="a", user="u", database="d", demo_mode=True)

    with pytest.raises(DagwayError, match="has no folder for demo mode"), warehouse.session():
        pass


def test_types_as_snowflake_has_them() -> None:
    from dagway.components.warehouse.snowflake_session import sql_type

    assert sql_type(pa.dictionary(pa.int32(), pa.string())) == "varchar"
    assert sql_type(pa.list_(pa.int64())) == "variant"
    assert sql_type(pa.timestamp("ns", tz="UTC")) == "timestamp_tz"
    assert sql_type(pa.uint64()) == "number(38, 0)"
