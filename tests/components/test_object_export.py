"""Rows of an asset as files elsewhere."""

# pyarrow's stubs leave the type parameters of tables unknown.
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false, reportUnknownArgumentType=false

from __future__ import annotations

import csv
import io
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dagway.components import object_export
from dagway.components.object_store import Location, open_store
from dagway.errors import DagwayError

pytestmark = pytest.mark.integration
DAYS = "select * from (values (1, date '2024-01-01'), (2, date '2024-01-02'), (3, date '2024-01-02')) as t(id, day)"
DAILY = {"partitions": {"daily": "2024-01-01"}, "incremental": {"column": "day"}}


def export(project: Any, sql: str, path: str, **attributes: Any) -> None:
    project.model("marts/totals", sql)
    written = {"key": "exports/totals", "asset": "marts/totals", "path": path}
    project.component("exports/totals", "ObjectExport", {**written, **attributes})


def csv_of(project: Any, path: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO((project.root / path).read_text())))


def refusal(project: Any) -> str:
    with pytest.raises(Exception, match="Error while") as error:
        project.load()
    assert isinstance(error.value.__cause__, DagwayError)
    return str(error.value.__cause__)


@pytest.mark.parametrize("path", ["s3://exports/a/latest.parquet", "out/latest.parquet", "out/latest.csv"])
def test_an_export_is_written_and_read_back(
    project: Any, read: Any, s3_url: str, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setenv("DAGWAY_DEMO_S3_URL", s3_url)
    sql = "select range as id, 'x,\"y' || chr(10) || 'z' as label, null::int as nothing from range(1200)"
    export(project, sql, path, demo_mode=True)

    result = project.run()

    assert result.success, read.failure(result)
    told = read.metadata(result, "exports/totals")
    arrived = project.root / "arrived"
    with open_store(Location.of(path, project.root), demo=True) as store:
        store.get(arrived)
    content = arrived.read_bytes()
    wanted = [(number, 'x,"y\nz', None) for number in range(1200)]
    if path.endswith(".parquet"):
        found = [tuple(row.values()) for row in pq.read_table(pa.BufferReader(content)).to_pylist()]
    else:
        header, *lines = csv.reader(io.StringIO(content.decode(), newline=""))
        assert header == ["id", "label", "nothing"]
        found = [(int(number), label, nothing or None) for number, label, nothing in lines]
    assert sorted(found) == wanted
    assert told["dagster/row_count"] == told["rows_read_back"] == 1200
    assert told["bytes"] == len(content)


def test_each_partition_has_a_file_of_its_own_rows(project: Any, read: Any) -> None:
    export(project, DAYS, "out/{partition}/totals.csv", **DAILY)
    assert project.run("key:marts/totals").success

    both = project.run('key:"exports/totals"', partitions=("2024-01-01", "2024-01-02"))

    assert both.success, read.failure(both)
    assert csv_of(project, "out/2024-01-01/totals.csv") == [["id", "day"], ["1", "2024-01-01"]]
    assert csv_of(project, "out/2024-01-02/totals.csv")[1:] == [["2", "2024-01-02"], ["3", "2024-01-02"]]
    told = read.metadata(both, "exports/totals")
    assert (told["dagster/row_count"], told["files"]) == (3, 2)
    assert told["path"].endswith("out/{partition}/totals.csv")
    with project.warehouse.session() as session:
        session.execute("delete from marts.totals where id = 3")
        session.execute("update marts.totals set id = 9 where id = 1")

    one = project.run('key:"exports/totals"', partitions=("2024-01-02", "2024-01-02"))

    assert one.success, read.failure(one)
    assert csv_of(project, "out/2024-01-01/totals.csv")[1:] == [["1", "2024-01-01"]]
    assert csv_of(project, "out/2024-01-02/totals.csv")[1:] == [["2", "2024-01-02"]]
    assert read.metadata(one, "exports/totals")["path"].endswith("out/2024-01-02/totals.csv")


def test_a_partition_by_name_has_its_file_and_no_other_folder(project: Any, read: Any) -> None:
    sql = "select * from (values (1, 'eu'), (2, 'us')) as t(id, region)"
    names = {"partitions": {"static": ["eu", "us", "../up"]}, "incremental": {"column": "region"}}
    export(project, sql, "out/{partition}.csv", **names)
    assert project.run("key:marts/totals").success

    result = project.run('key:"exports/totals"', partitions=("us", "us"))

    assert result.success, read.failure(result)
    assert csv_of(project, "out/us.csv") == [["id", "region"], ["2", "us"]]
    assert not (project.root / "out/eu.csv").exists()
    refused = project.run('key:"exports/totals"', partitions=("../up", "../up"))
    assert "'../up' is no name of a file" in read.failure(refused)


@pytest.mark.parametrize(
    ("path", "attributes"),
    [
        ("out/{partition}.csv", {}),
        ("out/all.csv", DAILY),
        ("out/{partition}.csv", {"partitions": DAILY["partitions"]}),
        ("out/{partition}.csv", {"incremental": DAILY["incremental"]}),
    ],
    ids=["path_alone", "no_path", "no_column", "no_partitions"],
)
def test_partitions_need_their_path_and_their_column(
    project: Any, path: str, attributes: dict[str, Any]
) -> None:
    export(project, DAYS, path, **attributes)

    assert "belong together" in refusal(project)


@pytest.mark.parametrize("kind", ["ObjectExport", "TableExport"])
def test_checks_belong_to_the_asset(project: Any, kind: str) -> None:
    where = {"path": "a.csv"} if kind == "ObjectExport" else {"database": "crm", "table": "t"}
    project.model("marts/totals", DAYS)
    project.component(
        "exports/totals",
        kind,
        {"key": "exports/totals", "asset": "marts/totals", "checks": [{"unique": "id"}], **where},
    )

    assert "Leave `checks` out; check marts/totals instead" in refusal(project)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("[1]", "A csv file cannot hold v (list<"),
        ("{'a': 1}", "A csv file cannot hold v (struct<"),
        ("interval 1 day", "A csv file cannot hold v (month_day_nano_interval)"),
        ("'\\xFF'::blob", "The rows cannot be written as csv: Invalid UTF8 payload"),
    ],
    ids=["list", "struct", "interval", "bytes"],
)
def test_what_csv_cannot_hold_is_refused_and_the_old_file_stays(
    project: Any, read: Any, value: str, said: str
) -> None:
    export(project, "select 1 as id", "out/a.csv")
    assert project.run().success
    export(project, f"select 1 as id, {value} as v", "out/a.csv")

    result = project.run()

    assert not result.success
    assert said in read.failure(result)
    assert csv_of(project, "out/a.csv") == [["id"], ["1"]]
    export(project, f"select 1 as id, {value} as v", "out/a.parquet")
    parquet = project.run()
    assert parquet.success or "A parquet file cannot hold v (month" in read.failure(parquet)


def test_a_text_of_any_length_and_lines_without_a_value_are_counted(project: Any, read: Any) -> None:
    export(
        project, "select case when range = 1 then repeat('x', 3000000) end as v from range(3)", "out/a.csv"
    )

    result = project.run()

    assert result.success, read.failure(result)
    assert read.metadata(result, "exports/totals")["rows_read_back"] == 3
    with duckdb.connect() as connection, pytest.raises(duckdb.Error, match="Maximum line size"):
        connection.execute("select * from read_csv(?)", [str(project.root / "out/a.csv")]).fetchall()


def test_a_file_with_other_rows_takes_no_place(
    project: Any, read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(project, "select 1 as id", "out/a.csv")
    assert project.run().success
    monkeypatch.setattr(object_export, "rows_of_file", lambda file, file_format: 7)
    export(project, "select 2 as id", "out/a.csv")

    result = project.run()

    assert "has 7 rows of 1" in read.failure(result)
    assert csv_of(project, "out/a.csv") == [["id"], ["1"]]
