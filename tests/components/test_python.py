"""What a Python asset tells about its frame, and how frames reach PostgreSQL and come back."""

# Dagster and pyarrow leave parts of their types open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import time
from pathlib import Path

import dagster as dg
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from dagway.components.python import table_result
from dagway.components.warehouse import DuckDBWarehouse, PostgresWarehouse
from dagway.components.warehouse.io_manager import WarehouseIOManager

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_any_frame_tells_rows_columns_and_a_preview(make: type) -> None:
    found = table_result(
        make({"id": list(range(30)), "name": ["x"] * 30}), time.perf_counter(), columns={"id": "A key."}
    )

    assert found.metadata is not None
    assert found.metadata["dagster/row_count"] == 30
    schema = found.metadata["dagster/column_schema"]
    assert isinstance(schema, dg.TableSchema)
    assert [(column.name, column.description) for column in schema.columns] == [
        ("id", "A key."),
        ("name", None),
    ]
    assert "| 9 | x |" in str(found.metadata["preview"])


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(TypeError, match="list is no table"):
        table_result([1])


def test_frames_are_stored_and_loaded_as_the_parameter_says(postgres_url: str) -> None:
    @dg.asset(key_prefix="marts")
    def numbers() -> pd.DataFrame:
        return pd.DataFrame({"id": [1, 2]})

    @dg.asset(key_prefix="marts")
    def doubled(numbers: pl.DataFrame) -> pa.Table:
        return numbers.with_columns(pl.col("id") * 2).to_arrow()

    @dg.asset(key_prefix="marts")
    def total(doubled: pa.Table) -> None:
        assert doubled.column("id").to_pylist() == [2, 4]

    warehouse = PostgresWarehouse(connection=postgres_url)
    result = dg.materialize(
        [numbers, doubled, total], resources={"io_manager": WarehouseIOManager(warehouse=warehouse)}
    )

    assert result.success
    with warehouse.session() as session:
        assert session.rows("select id from marts.doubled order by id") == [(2,), (4,)]


@pytest.mark.parametrize("column", ["part", None])
def test_a_partition_replaces_its_own_rows_or_none(tmp_path: Path, column: str | None) -> None:
    cut = dg.StaticPartitionsDefinition(["a", "b"])

    @dg.asset(key_prefix="marts", partitions_def=cut, metadata={"partition_expr": column} if column else None)
    def parts() -> pd.DataFrame:
        return pd.DataFrame({"part": ["b"]})

    warehouse = DuckDBWarehouse(database=str(tmp_path / "w.duckdb"))
    resources = {"io_manager": WarehouseIOManager(warehouse=warehouse)}
    with warehouse.session() as session:
        session.replace("marts.parts", pa.table({"part": ["a"]}).to_reader())

    result = dg.materialize([parts], partition_key="b", resources=resources, raise_on_error=False)

    with warehouse.session() as session:
        kept = session.rows("select part from marts.parts order by part")
    if column:
        assert result.success
        assert kept == [("a",), ("b",)]
        return
    [failed] = [event for event in result.all_events if event.is_step_failure]
    error = failed.step_failure_data.error
    assert error is not None
    assert error.cause is not None
    assert "nothing says which rows belong to one" in error.cause.message
    assert kept == [("a",)]
