"""Each kind of check, on good and on bad rows, in each warehouse that runs here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from dagway.components.checks.run import answer, read
from dagway.components.warehouse import DuckDBWarehouse, PostgresWarehouse, Session, Warehouse

pytestmark = pytest.mark.integration

GOOD = "values (1, 'a', 10, date '2024-01-01', true), (2, 'b', 20, date '2024-06-01', false)"
BAD = """values (1, 'a', 10, date '2024-01-01', true), (1, 'a', -5, date '2023-01-01', true),
    (1, 'x''y', 300, date '2024-06-01', null), (null, null, null, null, null), (null, null, null, null, null)"""
COLUMNS = "id, label, amount, day, flag"

CASES: list[tuple[dict[str, Any], int]] = [
    ({"unique": "id"}, 2),
    ({"unique": ["id", "label"]}, 1),
    ({"not_null": ["id", "flag"]}, 3),
    ({"row_count": {"min": 1, "max": 3}}, 2),
    ({"row_count": {"max": 2}}, 3),
    ({"accepted_values": {"column": "label", "values": ["a", "b"]}}, 1),
    ({"accepted_values": {"column": "label", "values": [1, "a", "b"]}}, 1),
    ({"accepted_values": {"column": "id", "values": [2, 1]}}, 0),
    ({"accepted_values": {"column": "flag", "values": [False, True]}}, 0),
    ({"range": {"column": "amount", "min": 0, "max": 100}}, 2),
    ({"range": {"column": "day", "min": "2024-01-01"}}, 1),
    ({"relationship": {"column": "label", "to": "shop/labels", "to_column": "name"}}, 1),
    ({"sql": "select * from staging.facts where amount > 100; "}, 1),
    ({"schema": {"ID": "int", "amount": "INTEGER", "label": "text", "day": "date"}}, 0),
]


@pytest.fixture(params=["duckdb", "postgres"])
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Warehouse:
    if request.param == "duckdb":
        return DuckDBWarehouse(database=str(tmp_path / "w.duckdb"))
    return PostgresWarehouse(connection=request.getfixturevalue("postgres_url"))


@pytest.fixture
def session(warehouse: Warehouse) -> Iterator[Session]:
    opened: AbstractContextManager[Session] = warehouse.session()
    with opened as session:
        session.create_table("shop.labels", "select * from (values ('a'), ('b')) as t(name)")
        yield session


def results(session: Session, rows: str, check: dict[str, Any]) -> tuple[int, Any]:
    session.create_table("staging.facts", f"select * from ({rows}) as t({COLUMNS})")
    checks = read(("staging", "facts"), [check], Path(), session.dialect)
    count, found = answer(session, "staging.facts", checks, session.columns("staging.facts"), checks.checks)
    return count, found[0]


@pytest.mark.parametrize(("check", "violations"), CASES, ids=lambda case: str(case)[:60])
def test_good_rows_pass_and_bad_rows_are_counted(
    session: Session, check: dict[str, Any], violations: int
) -> None:
    total, good = results(session, GOOD, check)
    assert good.passed, good.metadata
    assert total == 2

    total, bad = results(session, BAD, check)
    assert total == 5
    assert bad.passed == (violations == 0), bad.metadata
    if "schema" not in check:
        assert bad.metadata["failed_rows"].value == violations, bad.metadata
        assert bad.metadata["total_rows"].value == 5
    sampled = violations and "row_count" not in check
    assert ("sample" in bad.metadata) == bool(sampled)


def test_a_wrong_schema_names_the_columns(session: Session) -> None:
    _, found = results(session, GOOD, {"schema": {"id": "varchar", "nothing": "int"}})

    assert not found.passed
    assert found.metadata["failed_columns"].value == 2
    assert "no such column" in found.metadata["sample"].value


def test_a_check_that_cannot_be_asked_fails_alone(session: Session) -> None:
    session.create_table("staging.facts", f"select * from ({GOOD}) as t({COLUMNS})")
    written = [{"unique": "missing"}, {"unique": "id"}, {"sql": "select * from no.table_there"}]
    checks = read(("staging", "facts"), written, Path(), session.dialect)

    count, found = answer(session, "staging.facts", checks, session.columns("staging.facts"), checks.checks)

    assert count == 2
    assert [result.passed for result in found] == [False, True, False]
    assert "missing" in str(found[0].description)


def test_a_name_that_needs_quotes_is_quoted(session: Session) -> None:
    session.create_table("staging.odd", 'select 1 as "Order ""No""", 2 as "select"')
    checks = read(
        ("staging", "odd"), [{"unique": 'Order "No"'}, {"not_null": "select"}], Path(), session.dialect
    )

    _, found = answer(session, "staging.odd", checks, session.columns("staging.odd"))

    assert [result.passed for result in found] == [True, True]


def test_a_query_is_translated_to_the_warehouses_words(session: Session) -> None:
    session.create_table("staging.facts", f"select * from ({GOOD}) as t({COLUMNS})")
    checks = read(
        ("staging", "facts"),
        [{"sql": "SELECT IFF(amount > 1, 1, 0) AS x FROM staging.facts"}],
        Path(),
        "snowflake",
    )

    _, found = answer(session, "staging.facts", checks, session.columns("staging.facts"))

    assert found[0].metadata["failed_rows"].value == 2
