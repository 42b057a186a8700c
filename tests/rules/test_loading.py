"""Definitions load in a process of their own, which ends in time and tells what it did."""

from __future__ import annotations

from pathlib import Path

import pytest
from processes import is_alive, until

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
        "definitions.py",
        1,
        "loading definitions took longer than 8 seconds",
        "Find what it waits for at import, or raise the option load-timeout.",
    )
    pid = int((tmp_path / "pid").read_text())
    until(lambda: not is_alive(pid), "the end of what it started")


def test_who_waits_long_is_told_for_what(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("dagway.rules.loading.PATIENCE", 0.1)
    (tmp_path / "definitions.py").write_text(DEFS)
    assert load(tmp_path, 60).locations
    assert caplog.messages == ["still loading definitions; it is ended after 60 seconds"]


def test_a_project_that_ends_its_process_is_told(tmp_path: Path) -> None:
    (tmp_path / "definitions.py").write_text("import os\nos._exit(3)\n")
    (failure,) = load(tmp_path, 60).failures
    assert failure.cause == "the process that loads definitions ended with status 3: it said nothing"


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


def two_locations(tmp_path: Path, first: str, second: str) -> None:
    entries = "".join(f"  - python_file: {name}.py\n" for name in ("one", "two"))
    (tmp_path / "workspace.yaml").write_text(f"load_from:\n{entries}")
    (tmp_path / "one.py").write_text(first)
    (tmp_path / "two.py").write_text(second)


def test_each_location_knows_what_the_others_define(tmp_path: Path) -> None:
    other = (
        "import dagster as dg\n\ndefs = dg.Definitions([dg.AssetSpec('raw', deps=['orders', 'nowhere'])])\n"
    )
    two_locations(tmp_path, DEFS, other)
    one, two = load(tmp_path, 60).locations
    assert (one.keys, one.keys_elsewhere) == ({("orders",)}, {("raw",)})
    assert (two.keys, two.keys_elsewhere) == ({("raw",)}, {("orders",)})
    assert two.may_be_elsewhere(("orders",))
    assert not two.may_be_elsewhere(("nowhere",))


def test_a_location_that_fails_keeps_no_other_from_loading(tmp_path: Path) -> None:
    two_locations(tmp_path, DEFS, "1 / 0\n")
    workspace = load(tmp_path, 60)
    (one,), (failure,) = workspace.locations, workspace.failures
    assert (failure.path, failure.cause) == ("two.py", "ZeroDivisionError: division by zero")
    assert one.keys == {("orders",)}
    assert one.may_be_elsewhere(("anything",))


def test_a_location_behind_a_server_may_define_anything(tmp_path: Path) -> None:
    (tmp_path / "workspace.yaml").write_text("load_from:\n  - grpc_server: {port: 4000}\n")
    (tmp_path / "definitions.py").write_text(DEFS)
    (loaded,) = load(tmp_path, 60).locations
    assert loaded.may_be_elsewhere(("anything",))


def test_a_server_with_the_name_of_a_location_serves_it(tmp_path: Path) -> None:
    (tmp_path / "workspace.yaml").write_text(
        "load_from:\n  - grpc_server: {port: 4000, location_name: definitions}\n"
    )
    (tmp_path / "definitions.py").write_text(DEFS)
    (loaded,) = load(tmp_path, 60).locations
    assert not loaded.may_be_elsewhere(("anything",))


def test_variables_that_own_lines_read_are_noted_with_what_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_SET", "set")
    reads = (
        "import os\nfrom os import environ\n"
        "environ['SHOP_SET']\nos.getenv('SHOP_UNSET', 'taken')\nos.environ.get('SHOP_NOTHING')\n'SHOP_ASKED' in environ\n"
        "import dagster as dg\nstr(dg.EnvVar('SHOP_FILE').get_value())\n"
    )
    (tmp_path / ".env").write_text("SHOP_FILE=file\nSHOP_UNREAD=1\n")
    (tmp_path / "definitions.py").write_text(reads + DEFS)
    (loaded,) = load(tmp_path, 60).locations
    found = {read.name: (read.value, read.position and read.position.line) for read in loaded.reads}
    assert found == {
        "SHOP_SET": ("set", 3),
        "SHOP_UNSET": ("taken", 4),
        "SHOP_NOTHING": ("", 5),
        "SHOP_ASKED": ("", 6),
        "SHOP_FILE": ("file", 8),
    }


def test_a_location_is_loaded_again_under_other_variables_and_without_env_files(tmp_path: Path) -> None:
    defs = (
        "import os\nimport dagster as dg\nfrom dotenv import load_dotenv\nload_dotenv(override=True)\n"
        "defs = dg.Definitions([dg.AssetSpec([os.environ['SHOP_ENV'], os.environ['SHOP_KEY']])])\n"
    )
    (tmp_path / ".env").write_text("SHOP_ENV=dev\nSHOP_KEY=orders\n")
    (tmp_path / "definitions.py").write_text(defs)
    (location,) = load(tmp_path, 60).reloadable
    assert location.loaded.keys == {("dev", "orders")}
    assert location.keys_with({}) == {("dev", "orders")}
    assert location.keys_with({"SHOP_ENV": "production"}) == {("production", "orders")}
