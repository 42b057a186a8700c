"""Files of a folder or an object store."""

from __future__ import annotations

import urllib.request
from typing import Any

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


def test_objects_are_loaded(project: Any, read: Any, s3_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put(f"{s3_url}/lake")
    put(f"{s3_url}/lake/raw/prices.csv", "id,price\n1,2.5\n")
    put(f"{s3_url}/lake/raw/days/1.jsonl", '{"id": 1}\n')
    put(f"{s3_url}/lake/raw/days/2.jsonl", '{"id": 2}\n')
    for name, value in {
        "AWS_ENDPOINT_URL": s3_url,
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "y",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    tables = [{"name": "prices"}, {"name": "days", "path": "s3://lake/raw/days/*.jsonl"}, {"name": "missing"}]
    project.component("lake", "Files", {"source": "lake", "path": "s3://lake/raw", "tables": tables})

    assert project.run("key:lake/prices or key:lake/days").success
    assert project.rows("select price from lake.prices") == [(2.5,)]
    assert project.rows("select count(*) from lake.days") == [(2,)]

    result = project.run("key:lake/missing")
    assert not result.success
    assert "No object is s3://lake/raw/missing" in read.failure(result)


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


@pytest.mark.parametrize("path", ["Price List.csv", "days/*.csv"])
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
