from pathlib import Path

import duckdb
import pytest

from dagway.draft.folder import left_out, read_folder
from dagway.errors import DagwayError


def test_every_kind_of_file_is_a_table(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,name\n1,x\n2,y\n")
    (tmp_path / "b.jsonl").write_text('{"id": 1, "at": "2026-01-02"}\n{"id": 2, "at": null}\n')
    with duckdb.connect() as connection:
        connection.execute(f"copy (select 1 as id) to '{tmp_path / 'c.parquet'}' (format parquet)")
    (source,) = read_folder(tmp_path, tmp_path, 100)
    assert [(table.name, table.rows) for table in source.tables] == [("a", 2), ("b", 2), ("c", 1)]
    assert source.tables[1].column("at").type == "DATE"


def test_each_folder_below_is_a_source(tmp_path: Path) -> None:
    for name in ("shop", "crm"):
        (tmp_path / "data" / name).mkdir(parents=True)
        (tmp_path / "data" / name / "t.csv").write_text("id\n1\n")
    sources = read_folder(tmp_path / "data", tmp_path, 100)
    assert [(source.name, source.address) for source in sources] == [
        ("crm", "data/crm"),
        ("shop", "data/shop"),
    ]


def test_a_large_file_is_sampled_and_counted(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id\n" + "\n".join(str(number) for number in range(500)) + "\n")
    (source,) = read_folder(tmp_path, tmp_path, 100)
    assert (source.tables[0].rows, source.tables[0].read) == (500, 100)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.parquet", b"not parquet at all", "cannot be read as parquet"),
        ("a.jsonl", b'{"id": 1}\n{"id": \n', "cannot be read as jsonl"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DagwayError, match=message):
        read_folder(tmp_path, tmp_path, 100)


def test_an_empty_file_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id\n1\n")
    (tmp_path / "empty.csv").touch()
    (source,) = read_folder(tmp_path, tmp_path, 100)
    assert [table.name for table in source.tables] == ["a"]
    assert left_out(tmp_path, tmp_path) == ("empty.csv",)


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    with pytest.raises(DagwayError, match="holds no data file"):
        read_folder(tmp_path, tmp_path, 100)


@pytest.mark.parametrize("lines", ['1,2\n3\n4,5,6\n"open\n', '1,2\n"broken\n3,4\n'])
def test_broken_lines_are_not_taken_for_a_column(tmp_path: Path, lines: str) -> None:
    (tmp_path / "bad.csv").write_text(f"a,b\n{lines}")
    with pytest.raises(DagwayError, match=r"bad\.csv cannot be read"):
        read_folder(tmp_path, tmp_path, 100)
