"""Columns are compared with DuckDB's own answer; lineage with what a person reads in the query."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from dagway.sql import Described, describe

ORDERS = {"id": "BIGINT", "customer_id": "BIGINT", "amount": "DOUBLE", "day": "DATE"}
CUSTOMERS = {"customer_id": "BIGINT", "name": "VARCHAR", "region": "VARCHAR"}
SCHEMAS = {("shop", "orders"): ORDERS, ("shop", "customers"): CUSTOMERS, ("a", "b", "c"): {"id": "INTEGER"}}

# query → column → where its values come from: o.x is shop.orders.x, c.x is shop.customers.x
LINEAGE: list[tuple[str, dict[str, str]]] = [
    ("select id from shop.orders", {"id": "o.id"}),
    ("select id as number, 1 as one from shop.orders", {"number": "o.id", "one": ""}),
    ("select o.id from shop.orders o", {"id": "o.id"}),
    ("select shop.orders.id from shop.orders", {"id": "o.id"}),
    ("select * from shop.customers", {"customer_id": "c.customer_id", "name": "c.name", "region": "c.region"}),
    ("from shop.customers", {"customer_id": "c.customer_id", "name": "c.name", "region": "c.region"}),
    ("select * exclude (region) from shop.customers", {"customer_id": "c.customer_id", "name": "c.name"}),
    (
        "select * replace (upper(name) as name) from shop.customers",
        {"customer_id": "c.customer_id", "name": "c.name", "region": "c.region"},
    ),
    (
        "select * rename (name as who) from shop.customers",
        {"customer_id": "c.customer_id", "who": "c.name", "region": "c.region"},
    ),
    (
        "select o.*, c.region from shop.orders o left join shop.customers c using (customer_id)",
        {
            "id": "o.id",
            "customer_id": "o.customer_id",
            "amount": "o.amount",
            "day": "o.day",
            "region": "c.region",
        },
    ),
    (
        "select * from shop.customers join shop.orders using (customer_id)",
        {
            "customer_id": "c.customer_id",
            "name": "c.name",
            "region": "c.region",
            "id": "o.id",
            "amount": "o.amount",
            "day": "o.day",
        },
    ),
    (
        "select customer_id from shop.orders right join shop.customers using (customer_id)",
        {"customer_id": "c.customer_id"},
    ),
    (
        "select customer_id from shop.orders full join shop.customers using (customer_id)",
        {"customer_id": "o.customer_id c.customer_id"},
    ),
    (
        "select customer_id, name from shop.orders natural join shop.customers",
        {"customer_id": "o.customer_id", "name": "c.name"},
    ),
    (
        "select * from shop.orders o join shop.customers c on o.customer_id = c.customer_id",
        {
            "id": "o.id",
            "customer_id": "o.customer_id",
            "amount": "o.amount",
            "day": "o.day",
            "customer_id_1": "c.customer_id",
            "name": "c.name",
            "region": "c.region",
        },
    ),
    (
        "select * from shop.customers semi join shop.orders using (customer_id)",
        {"customer_id": "c.customer_id", "name": "c.name", "region": "c.region"},
    ),
    (
        "select region, sum(amount) as revenue, count(*) as orders from shop.orders"
        " join shop.customers using (customer_id) group by region",
        {"region": "c.region", "revenue": "o.amount", "orders": ""},
    ),
    ("with t as (select id as x from shop.orders) select x + 1 as y from t", {"y": "o.id"}),
    ("with t(x) as (select id from shop.orders) select x from t", {"x": "o.id"}),
    (
        "with t as (select * from shop.customers), u as (select * from t) select u.name from u",
        {"name": "c.name"},
    ),
    (
        "with recursive t(n) as (select min(id) from shop.orders union all select n + 1 from t where n < 9)"
        " select n from t",
        {"n": "o.id"},
    ),
    ("select x from (select amount as x from shop.orders) t", {"x": "o.amount"}),
    ("select u from (select amount from shop.orders) t(u)", {"u": "o.amount"}),
    (
        "select id from shop.orders union all select customer_id from shop.customers",
        {"id": "o.id c.customer_id"},
    ),
    (
        "select id, amount from shop.orders union all by name select customer_id as id from shop.customers",
        {"id": "o.id c.customer_id", "amount": "o.amount"},
    ),
    ("select id from shop.orders except select customer_id from shop.customers", {"id": "o.id c.customer_id"}),
    ("(select id from shop.orders)", {"id": "o.id"}),
    (
        "select row_number() over (partition by customer_id order by day) as n from shop.orders",
        {"n": "o.customer_id o.day"},
    ),
    ("select amount * 2 as twice, twice + 1 as more from shop.orders", {"twice": "o.amount", "more": "o.amount"}),
    (
        "select (select max(amount) from shop.orders o where o.customer_id = c.customer_id) as top"
        " from shop.customers c",
        {"top": "o.amount"},
    ),
    (
        "select c.name, l.top from shop.customers c,"
        " lateral (select max(o.amount) as top from shop.orders o where o.customer_id = c.customer_id) l",
        {"name": "c.name", "top": "o.amount"},
    ),
    ("select case when amount > 1 then name end as n from shop.orders, shop.customers", {"n": "o.amount c.name"}),
    ("select \"ID\" as x from shop.orders", {"x": "o.id"}),
    ("select * from (values (1, 'a')) t(x, y)", {"x": "", "y": ""}),
    ("select * from (shop.orders join shop.customers using (customer_id)) where id > 1 limit 0", {
        "id": "o.id", "customer_id": "o.customer_id", "amount": "o.amount", "day": "o.day", "name": "c.name",
        "region": "c.region",
    }),
    ("select distinct on (region) region, name from shop.customers order by name", {"region": "c.region", "name": "c.name"}),
    ("select id from a__b.c", {"id": "b.id"}),
]  # fmt: skip

TABLES: dict[str, tuple[str, ...]] = {
    "o": ("shop", "orders"),
    "c": ("shop", "customers"),
    "b": ("a", "b", "c"),
}


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("create schema shop; create schema a__b; create table a__b.c (id integer)")
        for name, columns in (("orders", ORDERS), ("customers", CUSTOMERS)):
            written = ", ".join(f"{column} {kind}" for column, kind in columns.items())
            connection.execute(f"create table shop.{name} ({written})")
        yield connection


def readable(described: Described) -> dict[str, str]:
    short = {key: letter for letter, key in TABLES.items()}
    return {
        name: " ".join(f"{short[key]}.{column}" for key, column in sources)
        for name, sources in described.lineage.items()
    }


@pytest.mark.parametrize(("query", "expected"), LINEAGE, ids=[query for query, _ in LINEAGE])
def test_lineage(query: str, expected: dict[str, str]) -> None:
    described = describe(query, "duckdb", SCHEMAS)
    assert readable(described) == expected
    assert described.complete


@pytest.mark.parametrize("query", [query for query, _ in LINEAGE])
def test_columns_and_types_are_those_of_the_table_that_duckdb_builds(
    engine: duckdb.DuckDBPyConnection, query: str
) -> None:
    engine.execute(f"create or replace table built as {query}")
    built = engine.execute("describe built").fetchall()
    described = describe(query, "duckdb", SCHEMAS).columns
    assert list(described) == [row[0] for row in built]
    assert all(kind in {row[1], None} for row, kind in zip(built, described.values(), strict=True))


class TestUnknown:
    def test_a_table_without_schema_is_known_by_what_is_used_of_it(self) -> None:
        described = describe("select id, amount * 2 as twice from raw.orders", "duckdb", {})
        assert described.columns == {"id": None, "twice": None}
        assert described.lineage == {
            "id": ((("raw", "orders"), "id"),),
            "twice": ((("raw", "orders"), "amount"),),
        }

    def test_it_is_known_also_through_a_star(self) -> None:
        query = "with t as (select * from raw.orders) select id from t"
        assert describe(query, "duckdb", {}).lineage == {"id": ((("raw", "orders"), "id"),)}

    def test_a_star_of_it_is_incomplete(self) -> None:
        described = describe("select *, 1 as one from raw.orders", "duckdb", {})
        assert described.columns == {"one": "INTEGER"}
        assert not described.complete

    def test_a_column_of_one_of_two_such_tables_has_no_lineage(self) -> None:
        described = describe("select id from raw.orders, raw.customers", "duckdb", {})
        assert described.lineage == {"id": ()}

    def test_a_column_that_no_known_table_has_comes_from_the_unknown_one(self) -> None:
        described = describe("select id, note from shop.orders join raw.notes using (id)", "duckdb", SCHEMAS)
        assert described.lineage["note"] == ((("raw", "notes"), "note"),)

    @pytest.mark.parametrize(
        "query",
        [
            "select * from read_csv('x.csv')",
            "select * from 'x.csv'",
            "select x from unnest([1, 2]) t(x)",
            "select * from range(3)",
            "pivot shop.orders on day using sum(amount)",
            "select * from shop.orders pivot (sum(amount) for day in ('a', 'b'))",
            "select columns('a.*') from shop.orders",
            "select amount + 1 from shop.orders",
            "select missing.x, nothing from shop.orders",
            "select a.b.c.d from shop.orders",
            "select unnest({'a': 1}), list_transform([1], lambda x: x + id) as l from shop.orders",
            "select * from shop.orders o positional join shop.customers",
            "with recursive t as (select 1 as n union select n + 1 from t) select * from t, t as u",
            "select t from shop.orders t",
            "values (1, null), (2, 'a')",
            "select * from (from shop.orders) join (from shop.customers) using (customer_id)",
            "select * from shop.orders asof join shop.customers using (customer_id)",
            "select id from shop.orders qualify row_number() over (order by id) = 1",
            "select * from shop.orders tablesample 10%",
            "select grouping(id), * from shop.orders group by grouping sets ((id), ())",
            "select max() as m, sum(distinct) as s from shop.orders",
            "select * rename it (name as who) from shop.customers",
            "select {: 1} as it from shop.orders",
        ],
    )
    @pytest.mark.parametrize("dialect", ["duckdb", "postgres", "snowflake"])
    def test_what_is_half_understood_is_no_crash(self, query: str, dialect: str) -> None:
        from dagway.sql import SqlError

        try:
            described = describe(query, dialect, SCHEMAS)
        except SqlError:
            return
        assert set(described.columns) == set(described.lineage)


def test_a_union_of_thousands_is_not_told() -> None:
    described = describe(" union all ".join(["select 1 as a"] * 3000), "duckdb", {})
    assert (described.columns, described.complete) == ({}, False)


def test_describing_does_not_change_the_tree_that_is_kept() -> None:
    query = "select * exclude (region) from shop.customers"
    first = describe(query, "duckdb", SCHEMAS)
    assert describe(query, "duckdb", {}) != first
    assert describe(query, "duckdb", SCHEMAS) == first


def test_postgres_and_snowflake_use_their_own_words() -> None:
    query = "select count(*) as n, sum(id) as s, cast('1' as int) as i, upper(name) as u from shop.customers, shop.orders"
    assert list(describe(query, "postgres", SCHEMAS).columns.values()) == [
        "BIGINT",
        "NUMERIC",
        "INTEGER",
        "TEXT",
    ]
    assert list(describe(query, "snowflake", SCHEMAS).columns.values()) == [
        "NUMBER(18,0)",
        None,
        "NUMBER(38,0)",
        "VARCHAR",
    ]
