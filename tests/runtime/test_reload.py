"""Never stale: what a run sees is what was loaded last; what cannot be loaded is told, and nothing old is used instead."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from dagster import DagsterRunStatus
from processes import is_alive, until
from served_location import ServedLocation, served_location

pytestmark = [pytest.mark.integration, pytest.mark.slow]

CODE = """
import os, pathlib, time
import dagster as dg, dagway
{before}

@dg.asset
def version() -> str:
    return "{version} " + os.environ.get("FROM_FILE", "")

@dg.asset
def waits(context) -> str:
    pathlib.Path("begun").touch()
    while not pathlib.Path("go").exists():
        time.sleep(0.02)
    return "{version}"

@dg.asset(deps=[waits])
def after() -> str:
    return "{version}"

defs = dg.Definitions(
    [version, waits, after],
    executor=dagway.warm_executor,
    jobs=[dg.define_asset_job("version_job", [version]), dg.define_asset_job("waits_job", [waits, after])],
)
"""


def code(version: str, before: str = "") -> str:
    return CODE.replace("{version}", version).replace("{before}", before)


def rewrite(folder: Path, text: str) -> None:
    (folder / "definitions.py").write_text(text)


def stored(served: ServedLocation, asset: str) -> str:
    import pickle

    return pickle.loads((Path(served.instance.storage_directory()) / asset).read_bytes())


def materialize(served: ServedLocation, job: str = "version_job") -> str:
    run_id = served.launch(job)
    assert served.finish(run_id).status == DagsterRunStatus.SUCCESS
    return stored(served, "version")


def test_after_a_reload_runs_use_the_new_code_and_environment_and_old_runs_keep_theirs(
    tmp_path: Path,
) -> None:
    with served_location(tmp_path, code("one")) as served:
        assert materialize(served).strip() == "one"
        old = served.image()
        under_way = served.launch("waits_job")
        until((tmp_path / "begun").exists, "the step has begun")
        rewrite(tmp_path, code("two"))
        (tmp_path / ".env").write_text("FROM_FILE=here\n")
        served.reload()
        assert served.image() != old
        assert materialize(served) == "two here"
        assert is_alive(old)
        (tmp_path / "go").touch()
        assert served.finish(under_way).status == DagsterRunStatus.SUCCESS
        # The step that started after the reload is of the run's own code.
        assert (stored(served, "waits"), stored(served, "after")) == ("one", "one")
        until(lambda: not is_alive(old), "the old image is gone")


def test_code_that_does_not_load_is_told_and_nothing_old_runs(tmp_path: Path) -> None:
    with served_location(tmp_path, code("one")) as served:
        assert materialize(served).strip() == "one"
        old = served.image()
        rewrite(tmp_path, code("two", before="raise ValueError('no good')"))
        served.reload()
        assert "no good" in served.output()
        location = served.context.create_request_context().get_location_entry("code")
        assert location is not None
        assert location.load_error is not None
        until(lambda: not is_alive(old), "the old image is gone")
        rewrite(tmp_path, code("three"))
        served.reload()
        assert materialize(served).strip() == "three"


def test_a_library_used_at_load_means_a_cold_start_that_is_told(tmp_path: Path) -> None:
    (tmp_path / "busy.py").write_text(
        "import threading, time\nthreading.Thread(target=lambda: time.sleep(9999), name='busy-bee', daemon=True).start()\n"
    )
    with served_location(tmp_path, code("cold", before="import busy")) as served:
        assert materialize(served).strip() == "cold"
        output = served.output()
        assert (
            'Runs start cold: after loading the definitions this process has the thread "busy-bee" of busy'
            in output
        )
        assert "use it inside assets, ops and resources" in output
        assert "Runs start warm" not in output


def test_a_watched_file_is_loaded_anew(tmp_path: Path) -> None:
    with served_location(tmp_path, code("one"), options=["--watch"]) as served:
        old = served.image()
        rewrite(tmp_path, code("two"))
        until(lambda: served.image() != old, "another image")
        assert "Changed: definitions.py." in served.output()
        assert materialize(served).strip() == "two"
        (tmp_path / "data.csv").write_text("1")
        (tmp_path / "target").mkdir()
        (tmp_path / "target" / "compiled.sql").write_text("select 1")
        second = served.image()
        rewrite(tmp_path, code("three"))
        until(lambda: served.image() != second, "a third image")
        # Changes are told in their order: those that came between would stand here, alone or beside the file.
        assert set(re.findall("Changed: (.*?)\\. The", served.output())) == {"definitions.py"}
        last = served.image()
    until(lambda: not is_alive(last), "the last image is gone")
