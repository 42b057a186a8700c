"""Rows that take the places of those with their keys, in each warehouse that runs here."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from dagway.components.warehouse import DuckDBWarehouse, PostgresWarehouse, Warehouse
from dagway.components.warehouse.merge import Merged, merge
from dagway.errors import DagwayError

pytestmark = pytest.mark.integration


@pytest.fixture(params=["duckdb", "postgres"])
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Warehouse:
    if request.param == "duckdb":
        return DuckDBWarehouse(database=str(tmp_path / "w.duckdb"))
    return PostgresWarehouse(connection=request.getfixturevalue("postgres_url"))


def test_rows_take_their_places(warehouse: Warehouse) -> None:
    with warehouse.session() as session:
        first = pa.table({"id": [1, 2], "shop": ["a", "a"], "note": ["x", "y"]})
        assert merge(session, "shop.orders", first.to_reader(), ["id", "shop"]) == Merged(2)
        changed = pa.table({"id": [2, 2], "shop": ["a", "b"], "note": ["y2", "z"], "more": [0.5, None]})
        assert merge(session, "shop.orders", changed.to_reader(), ["id", "shop"]) == Merged(2, 1, ("more",))
        twice = pa.table({"id": [3, 3], "shop": ["a", "a"], "note": ["x", "y"], "more": [0.5, None]})
        with pytest.raises(DagwayError, match="is no key"):
            merge(session, "shop.orders", twice.to_reader(), ["id", "shop"])

        rows = session.rows("select id, shop, note, more from shop.orders order by id, shop")
        assert rows == [(1, "a", "x", None), (2, "a", "y2", 0.5), (2, "b", "z", None)]
        tables = "select table_name from information_schema.tables where table_schema = 'shop'"
        assert session.rows(tables) == [("orders",)]


def test_two_loads_at_once_keep_to_their_own_rows(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = pa.table({"id": [1], "note": ["one"]}), pa.table({"id": [2], "note": ["two"]})
    with warehouse.session() as session, warehouse.session() as other:
        merge(session, "shop.orders", pa.table({"id": [0], "note": ["old"]}).to_reader(), ["id"])
        rows = session.rows

        def overtaken(sql: str) -> list[tuple[object, ...]]:
            """The other load comes and goes while the rows of this one lie beside the table."""
            monkeypatch.undo()
            merge(other, "shop.orders", two.to_reader(), ["id"])
            return rows(sql)

        monkeypatch.setattr(session, "rows", overtaken)
        merge(session, "shop.orders", one.to_reader(), ["id"])
        found = session.rows("select id, note from shop.orders order by id")
    assert found == [(0, "old"), (1, "one"), (2, "two")]
