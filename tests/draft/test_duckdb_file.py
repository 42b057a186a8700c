"""A DuckDB file is drafted by name; what cannot be read says why."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from dagway.draft.duckdb_file import read_duckdb
from dagway.draft.file_kind import address_of_file
from dagway.draft.write import write_draft
from dagway.errors import DagwayError

LOCK = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def plant(tmp_path: Path) -> Path:
    path = tmp_path / "plant.duckdb"
    with duckdb.connect(str(path)) as database:
        for statement in (
            "create table machines (machine_id integer primary key, hall varchar not null)",
            "insert into machines select i, 'hall ' || i % 3 from range(200) rows(i)",
            "create table readings (reading_id integer primary key,"
            " machine_id integer references machines (machine_id), degrees double)",
            "insert into readings select i, i % 200, i / 10 from range(500) rows(i)",
            "create schema marts",
            'create view marts."Hot Ones" as select * from readings where degrees > 40',
        ):
            database.execute(statement)
    return path


def test_tables_views_keys_and_references_are_read(plant: Path, tmp_path: Path) -> None:
    source = read_duckdb(plant, tmp_path, 1000)
    assert (source.name, source.integration, source.address) == ("plant", "duckdb", "PLANT_DATABASE_URL")
    found = {table.origin: table for table in source.tables}
    assert set(found) == {"machines", "readings", "marts.Hot Ones"}
    assert (found["machines"].key, found["machines"].key_declared) == (("machine_id",), True)
    assert ("readings", "machine_id", "machines") in {
        (one.table, one.column, one.to) for one in source.references
    }
    hot = tmp_path / source.demo / f"{found['marts.Hot Ones'].name}.parquet"
    assert duckdb.connect().execute(f"select count(*) from '{hot}'").fetchall() == [(99,)]


def test_only_the_named_tables_and_as_many_rows_as_asked(plant: Path, tmp_path: Path) -> None:
    (table,) = read_duckdb(plant, tmp_path, 50, ["readings"]).tables
    assert (table.rows, table.read) == (500, 50)
    with pytest.raises(DagwayError, match=r"has no table readngs\.\n.*marts\.Hot Ones, readings"):
        read_duckdb(plant, tmp_path, 50, ["readngs"])


def test_a_blueprint_is_drafted_from_either_kind_of_file(plant: Path, tmp_path: Path) -> None:
    drafted = write_draft(str(plant), tmp_path / "blueprint.yaml")
    assert [source.integration for source in drafted.sources] == ["duckdb"]
    with sqlite3.connect(tmp_path / "named.any") as database:
        database.execute("create table books (book_id integer primary key, title text)")
        database.execute("create view titles as select title from books")
    drafted = write_draft(str(tmp_path / "named.any"), tmp_path / "other.yaml")
    (source,) = drafted.sources
    assert (source.integration, [table.name for table in source.tables]) == ("sqlite", ["books", "titles"])


def test_a_file_that_another_process_writes_is_named(plant: Path, tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", LOCK, str(plant)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(DagwayError, match=r"plant\.duckdb is in use.*\n.*a copy of the file"):
            read_duckdb(plant, tmp_path, 10)
    finally:
        holder.kill()
        holder.communicate()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("warehouse.duckdb", b"\x00" * 4096, "neither DuckDB nor SQLite"),
        ("notes.pdf", b"%PDF-1.7", "neither DuckDB nor SQLite"),
        ("empty.db", b"", "neither DuckDB nor SQLite"),
        ("orders.csv", b"a,b\n1,2\n", "Name the folder that holds it"),
    ],
)
def test_a_foreign_file_is_refused(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DagwayError, match=said):
        address_of_file(tmp_path / name)


def test_a_damaged_file_is_refused(plant: Path, tmp_path: Path) -> None:
    plant.write_bytes(plant.read_bytes()[:5000])
    with pytest.raises(DagwayError, match="cannot be opened by this version"):
        read_duckdb(plant, tmp_path, 10)


def test_a_view_that_is_broken_is_named(tmp_path: Path) -> None:
    path = tmp_path / "plant.duckdb"
    with duckdb.connect(str(path)) as database:
        database.execute("create table a as select 1 as x")
        database.execute("create view b as select x from a")
        database.execute("alter table a rename column x to y")
    with pytest.raises(DagwayError, match=r"b cannot be read: .*\n.*--table"):
        read_duckdb(path, tmp_path, 10)
