"""Tables of a database, and the demo files that stand in for them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import duckdb
import psycopg
import pytest

from dagway.components.database import Database

pytestmark = pytest.mark.integration
ORDERS = "order_id,amount,note\n1,10.25,a\n2,3.10,\n"


def shop(project: Any, **table: Any) -> None:
    project.component(
        "shop",
        "SqlTables",
        {
            "source": "shop",
            "integration": "postgres",
            "tables": [{"name": "orders", **table}],
            "demo_mode": True,
            "demo_path": "data/shop",
        },
    )


def test_demo_files_become_tables_of_the_written_types(project: Any, read: Any) -> None:
    project.write("data/shop/orders.csv", ORDERS)
    shop(project, columns={"amount": "DECIMAL(10,2)"}, checks=[{"unique": "order_id"}])

    result = project.run()

    assert result.success, read.failure(result)
    assert project.rows("select sum(amount)::varchar, typeof(any_value(amount)) from shop.orders") == [
        ("13.35", "DECIMAL(10,2)")
    ]
    assert read.metadata(result, "shop/orders")["dagster/row_count"] == 2
    assert read.checks(result)["unique_order_id"].passed


def test_a_missing_demo_file_is_a_clear_failure(project: Any, read: Any) -> None:
    shop(project)

    result = project.run()

    assert not result.success
    assert "There is no file of orders" in read.failure(result)


def test_a_wrong_value_leaves_the_old_table(project: Any, read: Any) -> None:
    project.write("data/shop/orders.csv", ORDERS)
    shop(project, columns={"order_id": "INTEGER"})
    assert project.run().success
    project.write("data/shop/orders.csv", ORDERS + "x,1,\n")

    result = project.run()

    assert not result.success
    assert "orders.csv cannot be read" in read.failure(result)
    assert project.rows("select count(*) from shop.orders") == [(2,)]


def test_a_partitioned_demo_file_is_read_by_parts(project: Any, read: Any) -> None:
    project.write(
        "data/shop/orders.jsonl", '{"id": 1, "day": "2024-01-01"}\n{"id": 2, "day": "2024-01-02"}\n'
    )
    shop(project, partitions={"daily": "2024-01-01"}, incremental={"column": "day"})

    result = project.run(partitions=("2024-01-02", "2024-01-02"))

    assert result.success, read.failure(result)
    assert project.rows("select id from shop.orders") == [(2,)]


def test_the_real_database_is_read_by_its_resource(project: Any, read: Any, postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(
            "create table orders_2024 as select 1 as id, now() as placed, 1.10::numeric(10,2) as amount"
        )
    project.resources["shop"] = Database(url=postgres_url, integration="postgres")
    tables = [{"name": "orders", "table": "orders_2024", "checks": [{"row_count": {"min": 1}}]}]
    project.component("shop", "SqlTables", {"source": "shop", "integration": "postgres", "tables": tables})

    result = project.run()

    assert result.success, read.failure(result)
    assert project.rows("select id, amount::varchar from shop.orders") == [(1, "1.10")]
    assert read.checks(result)["row_count"].passed


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_an_empty_table_does_not_empty_the_warehouses(project: Any, read: Any, kind: str) -> None:
    file = project.root / "data" / f"shop.{kind}"
    file.parent.mkdir()

    def ask(sql: str) -> None:
        connect: Any = sqlite3.connect if kind == "sqlite" else duckdb.connect
        with closing(connect(str(file))) as connection:
            connection.execute(sql)
            connection.commit()

    def connected(**table: Any) -> None:
        project.component("shop", "SqlTables", {"source": "shop", "tables": [{"name": "orders", **table}]})

    ask("create table orders (id integer)")
    project.resources["shop"] = Database(url=f"{kind}:///{file}")
    connected()
    assert project.run().success, "the first load of a table without rows"
    ask("insert into orders values (1), (2)")
    assert project.run().success
    ask("delete from orders")

    result = project.run()

    assert not result.success
    assert "No row came for shop.orders, which has some; it is as it was" in read.failure(result)
    assert project.rows("select count(*) from shop.orders") == [(2,)]
    connected(allow_empty=True)
    allowed = project.run()
    assert allowed.success, read.failure(allowed)
    assert project.rows("select count(*) from shop.orders") == [(0,)]


def test_a_database_that_refuses_is_a_clear_failure(project: Any, read: Any) -> None:
    project.resources["shop"] = Database(url="postgresql://u:s3cret@127.0.0.1:1/d")
    project.component("shop", "SqlTables", {"source": "shop", "tables": [{"name": "orders"}]})

    result = project.run()

    assert not result.success
    assert "Check that the database runs" in read.failure(result)
    assert "s3cret" not in read.failure(result)
