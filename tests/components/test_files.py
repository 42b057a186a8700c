"""Files of a folder or an object store."""

from __future__ import annotations

import urllib.request
from typing import Any
from uuid import uuid4

import pytest

pytestmark = pytest.mark.integration


def put(address: str, content: str = "") -> None:
    headers = {"Content-Type": "application/octet-stream"}
    request = urllib.request.Request(address, data=content.encode(), headers=headers, method="PUT")
    with urllib.request.urlopen(request):
        pass


def test_files_of_a_folder_and_a_pattern_are_loaded(project: Any, read: Any) -> None:
    project.write("inbox/prices.csv", "id,price\n1,2.5\n")
    project.write("inbox/days/1.csv", "id\n1\n")
    project.write("inbox/days/2.csv", "id\n2\n")
    tables = [
        {"name": "prices", "checks": [{"not_null": "price"}]},
        {"name": "days", "path": "days/*.csv"},
    ]
    project.component("lake", "Files", {"source": "lake", "path": "inbox", "tables": tables})

    result = project.run()

    assert result.success, read.failure(result)
    assert project.rows("select id from lake.days order by id") == [(1,), (2,)]
    assert read.checks(result)["not_null_price"].passed


def test_a_source_does_not_load_a_table_without_its_header(project: Any, read: Any) -> None:
    project.write("inbox/prices.csv", "id,price\n1,2,5\n2,3,5\n")
    project.component("lake", "Files", {"source": "lake", "path": "inbox", "tables": [{"name": "prices"}]})
    result = project.run()
    assert not result.success
    assert "line 1, id,price, has not as many values" in read.failure(result)


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("prices.csv", "", "prices.csv holds nothing, not even the columns' names"),
        ("prices.csv", "\n\n", "prices.csv holds nothing"),
        ("prices.jsonl", "", "prices.jsonl holds nothing"),
        ("prices.json", "[]", "prices.json holds nothing"),
        ("prices.csv", "id,price\n", "No row came for lake.prices, which has some; it is as it was."),
    ],
    ids=["csv", "blank_lines", "jsonl", "json", "header_alone"],
)
@pytest.mark.parametrize("demo", [False, True], ids=["real", "demo"])
def test_an_empty_file_does_not_empty_the_table(
    project: Any, read: Any, file: str, text: str, said: str, demo: bool
) -> None:
    def lake(**table: Any) -> None:
        where = {"demo_mode": True, "demo_path": "inbox"} if demo else {"path": "inbox"}
        tables = [{"name": "prices", "path": file, **table}]
        project.component("lake", "Files", {"source": "lake", "tables": tables, **where})

    full = '[{"id": 1, "price": 2.5}]' if "json" in file else "id,price\n1,2.5\n"
    project.write(f"inbox/{file}", full)
    lake()
    assert project.run().success
    project.write(f"inbox/{file}", text)

    result = project.run()

    assert not result.success
    assert said in read.failure(result)
    assert project.rows("select id, price from lake.prices") == [(1, 2.5)]
    lake(allow_empty=True)
    allowed = project.run()
    assert allowed.success == (text == "id,price\n")
    columns = project.rows("select column_name from duckdb_columns() where schema_name = 'lake'")
    assert columns == [("id",), ("price",)]


def test_a_header_alone_is_a_first_load_and_a_partition_may_be_empty(project: Any, read: Any) -> None:
    project.write("inbox/prices.csv", "id,price\n")
    project.write("inbox/days.csv", "id,day\n1,2024-01-01\n2,2024-01-02\n")
    days = {"partitions": {"daily": "2024-01-01"}, "incremental": {"column": "day"}}
    tables = [{"name": "prices"}, {"name": "days", **days}]
    project.component("lake", "Files", {"source": "lake", "path": "inbox", "tables": tables})
    for _ in range(2):
        first = project.run("key:lake/prices")
        assert first.success, read.failure(first)
    assert project.rows("select count(*) from lake.prices") == [(0,)]
    assert project.run("key:lake/days", partitions=("2024-01-01", "2024-01-02")).success
    project.write("inbox/days.csv", "id,day\n1,2024-01-01\n")

    result = project.run("key:lake/days", partitions=("2024-01-02", "2024-01-02"))

    assert result.success, read.failure(result)
    assert project.rows("select id from lake.days") == [(1,)]


def test_an_empty_file_among_others_is_named(project: Any, read: Any) -> None:
    project.write("inbox/days/1.csv", "id\n1\n")
    project.write("inbox/days/2.csv", "")
    tables = [{"name": "days", "path": "days/*.csv"}]
    project.component("lake", "Files", {"source": "lake", "path": "inbox", "tables": tables})

    assert "2.csv holds nothing" in read.failure(project.run())


@pytest.fixture
def bucket(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a bucket of the test's own, called `lake` and a number."""
    for name, value in {
        "AWS_ENDPOINT_URL": s3_url,
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "y",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    name = f"lake-{uuid4().hex[:8]}"
    put(f"{s3_url}/{name}")
    return f"{s3_url}/{name}"


def test_objects_are_loaded(project: Any, read: Any, bucket: str) -> None:
    put(f"{bucket}/raw/prices.csv", "id,price\n1,2.5\n")
    put(f"{bucket}/raw/days/1.jsonl", '{"id": 1}\n')
    put(f"{bucket}/raw/days/2.jsonl", '{"id": 2}\n')
    raw = f"s3://{bucket.rpartition('/')[2]}/raw"
    tables = [{"name": "prices"}, {"name": "days", "path": f"{raw}/days/*.jsonl"}, {"name": "missing"}]
    project.component("lake", "Files", {"source": "lake", "path": raw, "tables": tables})

    assert project.run("key:lake/prices or key:lake/days").success
    assert project.rows("select price from lake.prices") == [(2.5,)]
    assert project.rows("select count(*) from lake.days") == [(2,)]

    result = project.run("key:lake/missing")
    assert not result.success
    assert f"No object is {raw}/missing" in read.failure(result)


def test_a_pattern_of_objects_means_what_it_means_of_files(project: Any, read: Any, bucket: str) -> None:
    names = {
        "days/events.2024-01-01.csv": 1,
        "days/events.2024-01-02.csv": 2,
        "days/archive/0.csv": 3,
        "days/archive/old/0.csv": 4,
        "days2/0.csv": 5,
    }
    patterns = {
        "flat": "days/*.csv",
        "below": "days/*/0.csv",
        "every": "days/**/*.csv",
        "picked": "days/events.2024-0[1-3]-0?.csv",
        "other": "day*/0.csv",
    }
    for name, number in names.items():
        put(f"{bucket}/raw/{name}", f"id\n{number}\n")
        project.write(f"inbox/{name}", f"id\n{number}\n")
    for source, path in {"objects": f"s3://{bucket.rpartition('/')[2]}/raw", "folder": "inbox"}.items():
        tables = [{"name": name, "path": pattern} for name, pattern in patterns.items()]
        project.component(source, "Files", {"source": source, "path": path, "tables": tables})

    result = project.run()

    assert result.success, read.failure(result)
    wanted = {"flat": [1, 2], "below": [3], "every": [1, 2, 3, 4], "picked": [1, 2], "other": [5]}
    for table, numbers in wanted.items():
        for source in ("folder", "objects"):
            found = [number for (number,) in project.rows(f"select id from {source}.{table} order by id")]
            assert found == numbers, (source, table)


def test_lines_of_objects_that_are_put_aside_name_them(project: Any, read: Any, bucket: str) -> None:
    put(f"{bucket}/raw/days/1.csv", "id\n1\n")
    put(f"{bucket}/raw/days/north/2.csv", "id\n2\nx\n")
    tables = [{"name": "days", "path": "days/**/*.csv", "columns": {"id": "integer"}}]
    path = f"s3://{bucket.rpartition('/')[2]}/raw"
    attributes = {"source": "lake", "path": path, "tables": tables}

    project.component("lake", "Files", attributes)
    assert "north/2.csv" in read.failure(project.run())

    project.component("lake", "Files", {**attributes, "errors": "quarantine"})
    assert project.run().success
    assert project.rows("select file, line, content from lake.days__quarantine") == [("north/2.csv", 3, "x")]


def test_demo_files_stand_in_for_a_bucket(project: Any, read: Any) -> None:
    project.write("data/lake/prices.csv", "id\n1\n")
    project.component(
        "lake",
        "Files",
        {
            "source": "lake",
            "path": "s3://lake/raw",
            "tables": [{"name": "prices"}],
            "demo_mode": True,
            "demo_path": "data/lake",
        },
    )

    assert project.run().success
    assert project.rows("select id from lake.prices") == [(1,)]


@pytest.mark.parametrize("path", ["Price List.csv", "days/*.csv", "d**/*.csv"])
def test_a_demo_file_may_have_the_path_of_the_table(path: str, project: Any, read: Any) -> None:
    project.write(f"data/lake/{path.replace('*', '1')}", "id\n1\n")
    tables = [{"name": "prices", "path": path}]
    attributes = {"source": "lake", "path": "s3://lake/raw", "tables": tables}
    project.component("lake", "Files", {**attributes, "demo_mode": True, "demo_path": "data/lake"})

    result = project.run()

    assert result.success, read.failure(result)
    assert project.rows("select id from lake.prices") == [(1,)]


def test_tables_with_paths_of_their_own_need_no_folder(project: Any, read: Any) -> None:
    project.write("a/prices.csv", "id\n1\n")
    project.component(
        "lake", "Files", {"source": "lake", "tables": [{"name": "list", "path": "a/prices.csv"}]}
    )

    result = project.run()

    assert result.success, read.failure(result)
    assert project.rows("select id from lake.list") == [(1,)]


def test_a_column_that_only_some_files_have_is_kept(project: Any, read: Any) -> None:
    project.write("inbox/days/1.csv", "id,price\n1,2.5\n")
    project.write("inbox/days/2.csv", "note,id\nb,2\n")
    project.write("inbox/months/1.jsonl", '{"id": 1}\n')
    tables = [
        {"name": "days", "path": "days/*.csv", "columns": {"note": "varchar", "price": "decimal(10, 2)"}},
        {"name": "months", "path": "months/*.jsonl"},
    ]
    project.component("lake", "Files", {"source": "lake", "path": "inbox", "tables": tables})
    assert project.run().success
    for number in range(40):
        project.write(f"inbox/months/2{number}.jsonl", '{"id": 2}\n')
    project.write("inbox/months/3.jsonl", '{"more": "x", "id": 3}\n')

    result = project.run()

    assert result.success, read.failure(result)
    assert project.rows("select id, price::varchar, note from lake.days order by id") == [
        (1, "2.50", None),
        (2, None, "b"),
    ]
    assert project.rows("select id, more from lake.months where id <> 2 order by id") == [(1, None), (3, "x")]
    assert read.metadata(result, "lake/months")["new_columns"] == "more"
    assert "new_columns" not in read.metadata(result, "lake/days")


def prices(project: Any, **attributes: Any) -> None:
    project.write("inbox/prices/a.csv", "id,price\n1,2.5\nx,3\n3,1,9\n4\n5,1e\n")
    project.write("inbox/prices/b.csv", "id,price,more\n7,2.5,hey\n")
    columns = {"id": "integer", "price": "decimal(10, 2)"}
    tables = [{"name": "prices", "path": "prices/*.csv", "columns": columns}]
    project.component("lake", "Files", {"source": "lake", "path": "inbox", "tables": tables, **attributes})


def test_lines_that_cannot_be_read_are_put_aside(project: Any, read: Any) -> None:
    prices(project, errors="quarantine")

    result = project.run()

    assert result.success, read.failure(result)
    assert project.rows("select id, more from lake.prices order by id") == [(1, None), (7, "hey")]
    assert project.rows("select file, line, content from lake.prices__quarantine order by line") == [
        ("a.csv", 3, "x,3"),
        ("a.csv", 4, "3,1,9"),
        ("a.csv", 5, "4"),
        ("a.csv", 6, "5,1e"),
    ]
    reasons = project.rows("select reason from lake.prices__quarantine where line = 3")
    assert "Could not convert string" in reasons[0][0]
    assert read.metadata(result, "lake/prices")["quarantined_rows"] == 4
    check = read.checks(result)["no_quarantined_rows"]
    assert (check.passed, check.severity.value) == (False, "WARN")

    project.write("inbox/prices/a.csv", "id,price\n1,2.5\n")
    mended = project.run()

    assert read.checks(mended)["no_quarantined_rows"].passed
    assert project.rows("select count(*) from lake.prices__quarantine") == [(0,)]


def test_lines_that_cannot_be_read_fail_the_load_unless_put_aside(project: Any, read: Any) -> None:
    prices(project)

    result = project.run()

    assert not result.success
    assert "cannot be read" in read.failure(result)
    assert project.rows("select count(*) from duckdb_tables()") == [(0,)]


def test_only_lines_of_csv_can_be_put_aside(project: Any, read: Any) -> None:
    project.write("inbox/days.jsonl", '{"id": 1}\n')
    attributes = {"source": "lake", "path": "inbox", "tables": [{"name": "days", "path": "days.jsonl"}]}
    project.component("lake", "Files", {**attributes, "errors": "quarantine"})

    assert "it is no CSV file" in read.failure(project.run())
