"""Files of an object store and exports to one, where the store refuses, is busy, falls silent or breaks off."""

from __future__ import annotations

from typing import Any

import pytest
from killed_run import run_and_kill
from s3_front import Front, Trouble

from dagway.components.object_store import Location, open_store

pytestmark = pytest.mark.integration
#: Long enough that half of it is no whole answer of anything.
TEN = "id\n" + "\n".join(map(str, range(10))) + "\n"
PATIENCE = {"patience": 0.5}


@pytest.fixture
def lake(project: Any, read: Any, s3_front: Front) -> Front:
    """Two objects that are one table, loaded once; then there is a third, and a second column."""
    for part in (1, 2):
        s3_front.put(f"raw/numbers/{part}.csv", TEN)
    files(project, s3_front)
    first = project.run()
    assert first.success, read.failure(first)
    assert project.rows("select count(*) from lake.numbers") == [(20,)]
    s3_front.put("raw/numbers/3.csv", "id,more\n10,x\n11,y\n")
    s3_front.requests.clear()
    return s3_front


def files(project: Any, front: Front, **attributes: Any) -> None:
    tables = [{"name": "numbers", "path": "numbers/*.csv"}]
    written = {"source": "lake", "path": f"s3://{front.bucket}/raw", "tables": tables}
    project.component("lake", "Files", {**written, **attributes})


def export(project: Any, front: Front, rows: int, **attributes: Any) -> None:
    project.model("marts/totals", f"select range as id from range({rows})")
    written = {
        "key": "exports/totals",
        "asset": "marts/totals",
        "path": f"s3://{front.bucket}/out/totals.parquet",
    }
    project.component("exports/totals", "ObjectExport", {**written, **attributes})


@pytest.fixture
def exported(project: Any, read: Any, s3_front: Front) -> Front:
    """An export of three rows that is there; then the model has four."""
    export(project, s3_front, 3)
    first = project.run()
    assert first.success, read.failure(first)
    assert rows_there(project, s3_front) == 3
    s3_front.requests.clear()
    return s3_front


def rows_there(project: Any, front: Front) -> int:
    """How many rows the exported object has, as another reader sees it."""
    seen, where = project.root / "seen.parquet", f"s3://{front.bucket}/out/totals.parquet"
    with open_store(Location.of(where, project.root), demo=False) as store:
        store.get(seen)
    return project.rows(f"select count(*) from '{seen}'")[0][0]


def answered(trouble: Trouble) -> dict[str, float]:
    """A short time to wait for an answer where none comes; elsewhere what is told must not hang on how busy this machine is."""
    return {"request_timeout": 0.3} if trouble.silent else {}


PASSING = [
    Trouble("GET", "2.csv", status=429),
    Trouble("GET", "2.csv", status=503),
    Trouble("GET", "2.csv", status=500),
    Trouble("GET", "2.csv", cut=True),
    Trouble("GET", "2.csv", silent=True),
    Trouble("GET", "/", status=503),
]
NAMES = ["429", "slow_down", "500", "half_an_object", "time_out", "list_slow_down"]


@pytest.mark.parametrize("trouble", PASSING, ids=NAMES)
def test_a_passing_trouble_of_the_store_is_waited_out(
    project: Any, read: Any, lake: Front, trouble: Trouble
) -> None:
    files(project, lake, **answered(trouble))
    lake.troubles.append(trouble)

    result = project.run()

    assert result.success, read.failure(result)
    assert lake.troubles == []
    assert project.rows("select count(*), count(more), sum(id) from lake.numbers") == [(22, 2, 111)]


LASTING = [
    (
        Trouble("GET", "2.csv", status=429),
        "429 Too Many Requests, TooManyRequests: Please reduce your request rate.",
    ),
    (
        Trouble("GET", "2.csv", status=503),
        "503 Service Unavailable, SlowDown: Please reduce your request rate.",
    ),
    (Trouble("GET", "2.csv", status=500), "500 Internal Server Error, InternalError: We encountered"),
    (Trouble("GET", "2.csv", cut=True), "its answer ended half way"),
    (Trouble("GET", "2.csv", silent=True), "it did not answer in time"),
    (Trouble("GET", "/", cut=True), "its answer ended half way"),
]


@pytest.mark.parametrize(("trouble", "said"), LASTING, ids=[*NAMES[:5], "half_a_listing"])
def test_a_lasting_trouble_of_the_store_leaves_the_table_and_the_next_run_repairs(
    project: Any, read: Any, lake: Front, trouble: Trouble, said: str
) -> None:
    files(project, lake, **answered(trouble), **PATIENCE)
    lake.troubles += [trouble] * 50

    result = project.run()

    assert not result.success
    assert said in read.failure(result)
    assert "Run it again later" in read.failure(result)
    assert project.rows("select count(*) from lake.numbers") == [(20,)]
    lake.troubles.clear()
    files(project, lake)
    repaired = project.run()
    assert repaired.success, read.failure(repaired)
    assert project.rows("select count(*), count(more) from lake.numbers") == [(22, 2)]
    assert read.metadata(repaired, "lake/numbers")["new_columns"] == "more"


def test_wrong_credentials_are_told_at_once_and_leave_the_table(
    project: Any, read: Any, lake: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as wrong:
        wrong.setenv("AWS_ACCESS_KEY_ID", "AKIAWRONG")
        result = project.run()

    assert not result.success
    said = read.failure(result)
    assert "403 Forbidden, InvalidAccessKeyId: The AWS Access Key Id you provided" in said
    assert "Check the bucket, the credentials and the endpoint" in said
    assert "s3cret" not in said
    assert len(lake.requests) == 1
    assert project.rows("select count(*) from lake.numbers") == [(20,)]
    assert project.run().success
    assert project.rows("select count(*) from lake.numbers") == [(22,)]


def test_a_load_from_the_store_that_is_killed_is_repaired_by_the_next_run(
    project: Any, read: Any, lake: Front
) -> None:
    lake.troubles.append(Trouble("GET", "3.csv", silent=True))

    run_and_kill(project, lake.fallen_silent.is_set)

    assert project.rows("select count(*) from lake.numbers") == [(20,)]
    repaired = project.run()
    assert repaired.success, read.failure(repaired)
    assert project.rows("select count(*) from lake.numbers") == [(22,)]


OUT = [
    (Trouble("PUT", "totals.parquet", status=429), "429 Too Many Requests, TooManyRequests"),
    (Trouble("PUT", "totals.parquet", status=503), "503 Service Unavailable, SlowDown"),
    (Trouble("PUT", "totals.parquet", status=500), "500 Internal Server Error, InternalError"),
    (Trouble("PUT", "totals.parquet", silent=True), "it did not answer in time"),
]


@pytest.mark.parametrize(("trouble", "said"), OUT, ids=["429", "slow_down", "500", "time_out"])
def test_an_export_to_a_store_in_trouble_is_whole_or_the_old_one(
    project: Any, read: Any, exported: Front, trouble: Trouble, said: str
) -> None:
    export(project, exported, 4, **answered(trouble), **PATIENCE)
    exported.troubles += [trouble] * 50

    result = project.run()

    assert not result.success
    assert said in read.failure(result)
    assert "Run it again later" in read.failure(result)
    assert rows_there(project, exported) == 3
    # It passes: the export waits it out.
    exported.troubles[:] = [trouble]
    export(project, exported, 4, **answered(trouble))
    repaired = project.run()
    assert repaired.success, read.failure(repaired)
    assert exported.troubles == []
    assert rows_there(project, exported) == 4


def test_half_of_what_is_read_back_is_no_success(project: Any, read: Any, exported: Front) -> None:
    export(project, exported, 4, **PATIENCE)
    exported.troubles += [Trouble("GET", "totals.parquet", cut=True)] * 50

    result = project.run()

    assert not result.success
    assert "its answer ended half way" in read.failure(result)
    exported.troubles.clear()
    export(project, exported, 4)
    assert project.run().success
    assert rows_there(project, exported) == 4


def test_an_export_with_wrong_credentials_is_told_at_once_and_leaves_the_object(
    project: Any, read: Any, exported: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(project, exported, 4)
    with monkeypatch.context() as wrong:
        wrong.setenv("AWS_ACCESS_KEY_ID", "AKIAWRONG")
        result = project.run()

    assert not result.success
    assert "403 Forbidden, InvalidAccessKeyId" in read.failure(result)
    assert len(exported.requests) == 1
    assert rows_there(project, exported) == 3
    assert project.run().success
    assert rows_there(project, exported) == 4


def test_an_export_that_is_killed_half_way_leaves_the_object_and_the_next_run_repairs(
    project: Any, read: Any, exported: Front
) -> None:
    # More than one part of an upload: the last of them is not answered.
    export(project, exported, 2_000_000)
    exported.troubles.append(Trouble("PUT", "totals.parquet", silent=True))

    run_and_kill(project, exported.fallen_silent.is_set)

    assert rows_there(project, exported) == 3
    repaired = project.run()
    assert repaired.success, read.failure(repaired)
    assert rows_there(project, exported) == 2_000_000


def test_an_empty_asset_is_exported_as_a_file_without_rows(project: Any, read: Any, exported: Front) -> None:
    export(project, exported, 0)

    result = project.run()

    assert result.success, read.failure(result)
    assert rows_there(project, exported) == 0
