"""Exports are read back as what they are: files by their format, tables through their own database."""

# pyarrow's stubs and Dagster leave parts of their types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from dagway.components.database import Database
from dagway.errors import DagwayError
from dagway.prototype.prove.exports import count_rows, count_table

LONG = pa.table({"id": range(60_000), "text": ['line one\nline, "two"\r\nthree'] * 60_000})
ALONE = pa.table({"name": ["a", None, "b"]})
EMPTY = pa.table({"name": pa.array([], pa.string())})
WIDE = pa.table({"text": ["x" * 5_000_000, "y\n" * 2_000_000]})


@pytest.mark.parametrize("table", [LONG, ALONE, EMPTY, WIDE], ids=["long", "alone", "empty", "wide"])
def test_rows_of_a_csv_file_are_counted_whatever_its_texts_hold(tmp_path: Path, table: Any) -> None:
    file = tmp_path / "rows.csv"
    pa_csv.write_csv(table, str(file))
    assert count_rows(str(file)) == table.num_rows


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_the_format_that_an_export_says_needs_no_ending(tmp_path: Path, file_format: str) -> None:
    file = tmp_path / "latest"
    (pa_csv.write_csv if file_format == "csv" else pq.write_table)(ALONE, str(file))
    assert count_rows(str(file), file_format) == 3
    with pytest.raises(ValueError, match="neither Parquet nor CSV"):
        count_rows(str(file))


def database(folder: Path, rows: int) -> Database:
    path = folder / f"target_{rows}.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema crm")
        connection.execute(f"create table crm.people as select * from range({rows})")
    return Database(url=f"duckdb:///{path}")


def repository(**resources: Any) -> dg.RepositoryDefinition:
    @dg.asset(key=["exports", "people"], required_resource_keys={"target", "other"})
    def people() -> None: ...

    return dg.Definitions(assets=[people], resources=resources).get_repository_def()


def test_a_table_is_counted_through_the_resource_that_its_export_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DAGWAY_DEMO", raising=False)
    target, other = database(tmp_path, 7), database(tmp_path, 3)
    loaded = repository(target=target, other=other)
    assert count_table("exports/people", f"{target.masked}/crm.people", loaded) == 7
    with pytest.raises(DagwayError, match="takes no database of the address"):
        count_table("exports/people", "postgresql://elsewhere/db/crm.people", loaded)
    with pytest.raises(DagwayError, match=r"no table crm\.pets"):
        count_table("exports/people", f"{target.masked}/crm.pets", loaded)


def test_in_demo_mode_the_table_lies_in_the_file_that_the_export_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGWAY_DEMO", "1")
    loaded = repository(
        target=dg.ResourceDefinition.none_resource(), other=dg.ResourceDefinition.none_resource()
    )
    assert count_table("exports/people", f"{database(tmp_path, 7).url}/crm.people", loaded) == 7
