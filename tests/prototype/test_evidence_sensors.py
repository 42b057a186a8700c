"""Sensors are set off: a tick that asks for no run shows nothing."""

# Dagster leaves parts of its types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dagway.prototype.model import PlannedSensor
from dagway.prototype.prove.model import SensorEvidence
from dagway.prototype.prove.setting_off import set_off

pytestmark = pytest.mark.integration


def answer(project: Any, home: Path, kind: Any, what: str, *, ran: bool = False) -> SensorEvidence:
    """What the project's sensor `inbox` shows, after a run of its asset or before."""
    planned = PlannedSensor("inbox", kind, what, "marts/b", 30, "", "", (("marts", "b"),))
    repository = project.load().get_repository_def()
    home.mkdir()
    with dg.DagsterInstance.local_temp(str(home)) as instance:
        if ran:
            project.run("key:marts/a", instance=instance)
        sensor = repository.get_sensor_def("inbox")
        return set_off(sensor, ("inbox_job",), planned, repository, instance)


def watching(project: Any, pattern: str) -> Any:
    project.model("marts/b", "select 1 as x")
    attributes = {"name": "inbox", "watch": pattern, "asset_selection": "marts/b"}
    project.component("sensors/inbox", "FileSensor", attributes)
    return project


@pytest.mark.parametrize(
    "pattern", ["inbox/*.csv", "inbox/**/*.csv", "inbox/2026-[0-9]?/[!x]*.csv", "inbox/orders.csv"]
)
def test_a_file_that_arrives_sets_a_sensor_off_and_is_never_put_there(
    project: Any,
    tmp_path: Path,
    pattern: str,
) -> None:
    watching(project, pattern)
    project.write("inbox/.gitkeep", "")
    found = answer(project, tmp_path / "home", "watch", pattern)
    assert (found.evaluated, found.runs) == (True, 1)
    assert found.summary == f"once a file matched {pattern}, its tick asks for 1 run"
    assert [path.name for path in (project.root / "inbox").rglob("*")] == [".gitkeep"]


def test_a_folder_that_a_variable_names_is_looked_at(
    project: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INBOX", str(tmp_path / "inbox"))
    pattern = "{{ env('INBOX') }}/*.csv"
    watching(project, pattern)
    assert answer(project, tmp_path / "one", "watch", pattern).runs == 0
    (tmp_path / "inbox").mkdir()
    assert answer(project, tmp_path / "two", "watch", pattern).runs == 1


def test_files_that_are_there_already_are_no_arrival(project: Any, tmp_path: Path) -> None:
    watching(project, "inbox/*.csv")
    project.write("inbox/a.csv", "x\n")
    assert answer(project, tmp_path / "home", "watch", "inbox/*.csv").runs == 1


def test_a_folder_that_is_not_there_cannot_set_anything_off(project: Any, tmp_path: Path) -> None:
    watching(project, "inbxo/*.csv")
    project.write("inbox/.gitkeep", "")
    found = answer(project, tmp_path / "home", "watch", "inbxo/*.csv")
    assert (found.evaluated, found.runs) == (False, 0)
    assert found.summary.startswith("no file can arrive: there is no folder inbxo;")


@pytest.mark.parametrize("ran", [True, False])
def test_a_materialization_sets_a_sensor_off(project: Any, tmp_path: Path, ran: bool) -> None:
    project.model("marts/a", "select 1 as x")
    project.model("marts/b", "select 2 as x")
    attributes = {"name": "inbox", "asset": "marts/a", "asset_selection": "marts/b"}
    project.component("sensors/inbox", "AssetSensor", attributes)
    found = answer(project, tmp_path / "home", "asset", "marts/a", ran=ran)
    assert (found.runs, found.summary) == (1, "once marts/a was materialized, its tick asks for 1 run")


@pytest.mark.parametrize(
    ("body", "runs", "said"),
    [
        ("return dg.RunRequest()", 1, "its tick asks for 1 run"),
        ("return dg.SkipReason('no mail')", 0, "its tick waits: no mail; nothing here can set it off"),
        ("raise ValueError('no server')", 0, "its tick fails: ValueError: no server"),
    ],
)
def test_a_function_shows_only_the_runs_that_it_asks_for(
    project: Any,
    tmp_path: Path,
    body: str,
    runs: int,
    said: str,
) -> None:
    project.model("marts/b", "select 2 as x")
    project.write(
        "PACKAGE/defs/inbox.py",
        f"import dagster as dg\n\n\n@dg.sensor(target='marts/b')\ndef inbox():\n    {body}\n",
    )
    found = answer(project, tmp_path / "home", "python", "logic.py:inbox")
    assert found.runs == runs
    assert said in found.summary
