"""Which tables a query reads."""

import pytest

from dagway.sql import Reference, references, tables

READ: list[tuple[str, list[str]]] = [
    ("select * from shop.orders", ["shop/orders"]),
    ("select * from shop.orders o join a__b.c using (x)", ["shop/orders", "a/b/c"]),
    ("select * from b.c, a.b, b.c", ["b/c", "a/b"]),
    ("select (select max(x) from b.c) from a.b where y in (select z from d.e)", ["b/c", "a/b", "d/e"]),
    ('select * from "shop"."Order lines"', ["shop/Order lines"]),
    ("(select 1 from a.b) union all (select 2 from c.d)", ["a/b", "c/d"]),
    ("from a.b", ["a/b"]),
    ("with t as (select * from a.b) select * from t join c.d using (x)", ["a/b", "c/d"]),
    ("with t as (select 1), u as (select * from t) select * from u", []),
    ("with recursive t as (select 1 as n union all select n + 1 from t) select * from t", []),
    ("with orders as (select * from orders) select * from orders", ["orders"]),
    ("with t as (with u as (select * from a.b) select * from u) select * from t, u", ["a/b", "u"]),
    ("with T as (select 1) select * from t", []),
    ("with t as (select 1) select * from shop.t", ["shop/t"]),
    ("select * from a.b, lateral (select * from c.d where c.d.x = b.x) l", ["a/b", "c/d"]),
    ("select * from generate_series(1, 2), range(3), unnest([1])", []),
    ("select * from 'x.csv'", ["x.csv"]),
    ("select * from one.two.three", ["one/two/three"]),
    ("select 1", []),
    ("values (1, 2)", []),
    ("pivot a.b on x using sum(y)", ["a/b"]),
    ("select * from a.b pivot (sum(x) for y in ('u', 'v'))", ["a/b"]),
    ("select * from a.b tablesample 10%", ["a/b"]),
    ("select * from a.b -- from c.d\n/* from e.f */", ["a/b"]),
    ("select 'from c.d' from a.b", ["a/b"]),
]


@pytest.mark.parametrize(("query", "read"), READ, ids=[query for query, _ in READ])
def test_tables(query: str, read: list[str]) -> None:
    assert ["/".join(key) for key in tables(query, "duckdb")] == read


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "snowflake"])
def test_a_reference_knows_its_place(dialect: str) -> None:
    query = "select *\nfrom shop.orders o\n  join customers using (x)"
    assert references(query, dialect) == (
        Reference("", "shop", "orders", 2, 6),
        Reference("", "", "customers", 3, 8),
    )


def test_snowflake_functions_are_no_tables() -> None:
    query = "select f.value from a.b, lateral flatten(input => b.x) f, table(generator(rowcount => 3))"
    assert tables(query, "snowflake") == (("a", "b"),)
