"""Names of columns from demo files: what they say plainly, and nothing where there is a doubt."""

import gzip
from pathlib import Path

import duckdb
import pytest

from dagway.blueprint.demo_columns import MOST_BYTES, MOST_FILES, demo_columns
from dagway.blueprint.files import Folder
from dagway.blueprint.load import load_text

BLUEPRINT = """\
blueprint: 1
name: shop_data
sources:
  shop:
    integration: postgres
    connection: "{{ env('SHOP_URL') }}"
    tables: [orders]
    demo: data
"""


def columns(folder: Path) -> tuple[str, ...]:
    found = load_text(BLUEPRINT, folder / "blueprint.yaml").demo_columns
    return found.get(("shop", "orders"), ())


def written(folder: Path, name: str, content: bytes) -> tuple[str, ...]:
    (folder / "data").mkdir()
    (folder / "data" / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return columns(folder)


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("orders.csv", "id,Größe\n1,2\n", ("id", "Größe")),
        ("orders.csv", '\ufeffid;"a;b"\n1;2\n', ("id", "a;b")),
        ("orders.csv", "id\tname\n", ("id", "name")),
        ("orders.csv", "t,y,1st,2024 total\n1.5,2.5,a,3\n", ("t", "y", "1st", "2024 total")),
        ("orders.csv.gz", "id,name\n1,x\n", ("id", "name")),
        ("orders.jsonl", '{"id": 1}\n{"id": 2, "note": "x"}\n', ("id", "note")),
        ("orders.json", '[{"id": 1},\n {"note": "x"}]', ("id", "note")),
    ],
)
def test_names_are_read_as_demo_mode_reads_them(
    name: str, content: str, found: tuple[str, ...], tmp_path: Path
) -> None:
    assert written(tmp_path, name, content.encode()) == found
    read = "read_csv" if ".csv" in name else "read_json"
    with duckdb.connect() as connection:
        described = connection.execute(f"describe from {read}('{tmp_path}/data/{name}')").fetchall()
    assert tuple(row[0] for row in described) == found


def test_names_of_parquet_are_its_own(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with duckdb.connect() as connection:
        connection.execute(f"copy (select 1 as id, 2 as \"B b\") to '{tmp_path}/data/orders.parquet'")
    assert columns(tmp_path) == ("id", "B b")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("orders.csv", b""),
        ("orders.csv", b"1,2\n3,4\n"),
        ("orders.csv", b"2024-01-01,web\n2024-01-02,shop\n"),
        ("orders.csv", b"24.12.2024,web\n25.12.2024,shop\n"),
        ("orders.csv", b"01/02/2024,web\n01/03/2024,shop\n"),
        ("orders.csv", b"10:30,web\n11:30,shop\n"),
        ("orders.csv", b"2024-01-01 10:00:00.5,web\n2024-01-02 10:00:00,shop\n"),
        ("orders.csv", b"2024-01-01T10:00:00Z,web\n2024-01-01T10:00:00+01:00,shop\n"),
        ("orders.csv", b"true,web\nFalse,shop\n"),
        ("orders.csv", b"y,web\nn,shop\n"),
        ("orders.csv", b"a" * (MOST_BYTES + 1)),
        ("orders.csv", b"id,id\n1,2\n"),
        ("orders.csv", b"id,\n1,2\n"),
        ("orders.csv", b"Orders of 2024\nid,name\n1,x\n"),
        ("orders.csv", b"id,n\xff\n1,2\n"),
        ("orders.csv.gz", b""),
        ("orders.jsonl", b"1\n2\n"),
        ("orders.json", b"[" * 50_000),
        ("orders.parquet", b"PAR1 and nothing of the kind"),
    ],
)
def test_where_there_is_a_doubt_nothing_is_said(name: str, content: bytes, tmp_path: Path) -> None:
    assert written(tmp_path, name, content) == ()


def test_of_a_long_file_of_csv_the_start_is_enough(tmp_path: Path) -> None:
    assert written(tmp_path, "orders.csv", b"id,name\n" + b"1,x\n" * MOST_BYTES) == ("id", "name")


def test_a_long_file_of_json_says_nothing(tmp_path: Path) -> None:
    """A key that comes late would be missing."""
    lines = b'{"id": 1}\n' * (MOST_BYTES // 10) + b'{"id": 2, "note": "x"}\n'
    assert written(tmp_path, "orders.jsonl", lines) == ()


DAYS = BLUEPRINT.replace("[orders]", "{orders: {path: 'd**/*.csv'}}")


@pytest.mark.parametrize(("number", "found"), [(MOST_FILES, True), (MOST_FILES + 1, False)])
def test_of_too_many_files_nothing_is_said(number: int, found: bool, tmp_path: Path) -> None:
    """Each has a column of its own: of a part of the files, columns would be missing."""
    days = tmp_path / "data" / "days"
    days.mkdir(parents=True)
    for file in range(number):
        (days / f"{file:03}.csv").write_text(f"id,c{file}\n1,2\n")
    columns = load_text(DAYS, tmp_path / "blueprint.yaml").demo_columns
    every = ("id", *(f"c{file}" for file in range(number)))
    assert columns == ({("shop", "orders"): every} if found else {})


@pytest.mark.parametrize("files", [["list[1].csv"], ["list[1].csv", "list1.csv"]])
def test_a_file_that_is_called_like_a_pattern_is_read_as_demo_mode_reads_it(
    files: list[str], tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    for file in files:
        (tmp_path / "data" / file).write_text(f"id,{file[4]}x\n1,2\n")
    text = BLUEPRINT.replace("[orders]", "{orders: {path: 'list[1].csv'}}")
    found = load_text(text, tmp_path / "blueprint.yaml").demo_columns["shop", "orders"]
    with duckdb.connect() as connection:
        described = connection.execute(f"describe from read_csv('{tmp_path}/data/list[1].csv')").fetchall()
    assert found == tuple(row[0] for row in described)


@pytest.mark.parametrize("table", ["{orders: {path: 'days/*.csv'}}", "[secret]"])
def test_a_file_behind_a_link_out_of_the_folder_is_not_read(table: str, tmp_path: Path) -> None:
    """Nor where a link takes a file's place after the blueprint's paths were looked at."""
    inside = tmp_path / "inside"
    (inside / "data" / "days").mkdir(parents=True)
    files = (inside / "data" / "days" / "a.csv", inside / "data" / "secret.csv")
    for file in files:
        file.write_text("id\n1\n")
    blueprint = load_text(BLUEPRINT.replace("[orders]", table), inside / "blueprint.yaml").blueprint
    assert demo_columns(blueprint, Folder(inside))
    (tmp_path / "secret.csv").write_text("password\nx\n")
    for file in files:
        file.unlink()
        file.symlink_to(tmp_path / "secret.csv")
    assert not demo_columns(blueprint, Folder(inside))
