"""Definitions load in a process of their own, which ends in time and tells what it did."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from dagway.errors import DagwayError
from dagway.rules.loaded import LoadFailure
from dagway.rules.loading import load

pytestmark = pytest.mark.integration
DEFS = "import dagster as dg\n\n\n@dg.asset\ndef orders(): ...\n\n\ndefs = dg.Definitions(assets=[orders])\n"


def test_the_project_arrives_as_values(tmp_path: Path) -> None:
    (tmp_path / "definitions.py").write_text(DEFS)
    (loaded,) = load(tmp_path, 60).locations
    assert [asset.key for asset in loaded.project.assets] == [("orders",)]
    assert loaded.events == ()


def test_a_project_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    child = "import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    keep = f"open({str(tmp_path / 'pid')!r}, 'w').write(str(p.pid))\n"
    (tmp_path / "definitions.py").write_text(f"{child}{keep}import time\ntime.sleep(600)\n")
    (failure,) = load(tmp_path, 8).failures
    assert failure == LoadFailure(
        "", 1, "loading took longer than 8 seconds", "Find what the definitions wait for at import."
    )
    pid = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 10
    while is_alive(pid) and time.monotonic() < deadline:
        pass
    assert not is_alive(pid)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be fetched does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_project_that_ends_its_process_is_told(tmp_path: Path) -> None:
    (tmp_path / "definitions.py").write_text("import os\nos._exit(3)\n")
    (failure,) = load(tmp_path, 60).failures
    assert failure.cause == "the loading process ended with status 3: it said nothing"


def test_what_loading_does_is_noted_with_the_own_line(tmp_path: Path) -> None:
    side = (
        "import socket, subprocess\n"
        "subprocess.run(['true'])\n"
        "open('written.txt', 'w').close()\n"
        "try:\n    socket.create_connection(('127.0.0.1', 9), timeout=1)\nexcept OSError:\n    pass\n"
    )
    (tmp_path / "definitions.py").write_text(side + DEFS)
    (loaded,) = load(tmp_path, 60).locations
    assert [(event.kind, event.line) for event in loaded.events] == [
        ("process", 2),
        ("write", 3),
        ("socket", 5),
    ]


def test_a_module_of_the_projects_folder_cannot_stand_in_for_ours(tmp_path: Path) -> None:
    (tmp_path / "definitions.py").write_text(DEFS)
    (tmp_path / "dagway.py").write_text("raise SystemExit('hidden')\n")
    assert load(tmp_path, 60).locations


def test_a_folder_without_a_project_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DagwayError, match="is not a Dagster project"):
        load(tmp_path, 60)
