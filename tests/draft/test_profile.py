from collections.abc import Iterator

import duckdb
import pytest

from dagway.draft.profile import is_named_like_an_id, is_number, profile, references


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute(
            "create table customers as select i as customer_id, 'c' || i as label,"
            " case when i % 3 = 0 then 'north' else 'south' end as region,"
            " case when i % 10 = 0 then null else i end as score from range(1, 101) t(i)"
        )
        opened.execute(
            "create table visits as select 1 + i % 100 as customer_id, date '2026-01-01' + (i // 100)::int as day"
            " from range(300) t(i)"
        )
        yield opened


def test_a_column_is_counted_and_bounded(connection: duckdb.DuckDBPyConnection) -> None:
    table = profile(connection, "customers", origin="customers.csv", rows=100)
    score = table.column("score")
    assert (score.nulls, score.distinct, score.low, score.high) == (10, 90, "1", "99")
    assert table.column("region").values == ("north", "south")
    assert table.column("label").values == ()
    assert (table.rows, table.read) == (100, 100)


def test_the_key_is_the_column_named_like_one(connection: duckdb.DuckDBPyConnection) -> None:
    table = profile(connection, "customers", origin="", rows=100)
    assert (table.key, table.key_declared) == (("customer_id",), False)


def test_two_columns_together_are_a_key_where_one_is_not(connection: duckdb.DuckDBPyConnection) -> None:
    assert profile(connection, "visits", origin="", rows=300).key == ("customer_id", "day")


def test_a_declared_key_wins(connection: duckdb.DuckDBPyConnection) -> None:
    table = profile(connection, "customers", origin="", rows=100, declared_key=["label"])
    assert (table.key, table.key_declared) == (("label",), True)


def test_a_reference_is_found_by_name_and_held_against_the_data(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    tables = [
        profile(connection, name, origin="", rows=rows)
        for name, rows in [("customers", 100), ("visits", 300)]
    ]
    (found,) = references(connection, tables)
    assert (found.table, found.column, found.to, found.to_column, found.missing) == (
        "visits",
        "customer_id",
        "customers",
        "customer_id",
        0,
    )


def test_a_reference_with_many_missing_values_is_none(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("update visits set customer_id = customer_id + 50")
    tables = [
        profile(connection, name, origin="", rows=rows)
        for name, rows in [("customers", 100), ("visits", 300)]
    ]
    assert references(connection, tables) == ()


def test_a_sampled_table_is_no_target(connection: duckdb.DuckDBPyConnection) -> None:
    tables = [
        profile(connection, "customers", origin="", rows=5000),
        profile(connection, "visits", origin="", rows=300),
    ]
    assert references(connection, tables) == ()


def test_a_declared_reference_needs_no_name(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("alter table visits rename customer_id to visitor")
    tables = [
        profile(connection, name, origin="", rows=rows)
        for name, rows in [("customers", 100), ("visits", 300)]
    ]
    assert references(connection, tables) == ()
    (found,) = references(connection, tables, [("visits", "visitor", "customers", "customer_id")])
    assert found.column == "visitor"


def test_structures_lists_and_intervals_are_no_numbers(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "create table odd as select {'a': i} as s, [i] as l, to_days(i::int) as span, i::hugeint as h from range(9) t(i)"
    )
    table = profile(connection, "odd", origin="odd.parquet", rows=9)
    assert table.key == ("h",)
    assert [is_number(column.type) for column in table.columns] == [False, False, False, True]


@pytest.mark.parametrize(
    ("name", "is_id"),
    [
        ("id", True),
        ("ORDER_ID", True),
        ("orderId", True),
        ("order id", True),
        ("paid", False),
        ("valid", False),
    ],
)
def test_an_id_is_a_word_of_its_own(name: str, is_id: bool) -> None:
    assert is_named_like_an_id(name) is is_id
