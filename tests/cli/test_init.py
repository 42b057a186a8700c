"""`dagway init`: one file for a project that is there, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from served_platform import dagway, project

from dagway.platform.home import Home
from dagway.platform.init import init
from dagway.platform.load import find
from dagway.platform.services import served


def test_one_file_is_written_once(tmp_path: Path) -> None:
    folder = project(tmp_path)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    shown = dagway(folder, "init")
    assert (shown.returncode, shown.stdout) == (0, f"Wrote {folder}/platform.yaml: definitions\n")
    # This one has them.
    assert "with_operations" not in shown.stderr
    assert {path: path.read_bytes() for path in folder.iterdir() if path.name != "platform.yaml"} == before
    again = dagway(folder, "init")
    assert again.returncode == 2
    assert "is there already" in again.stderr


def test_what_a_project_could_have_is_named(tmp_path: Path) -> None:
    shown = dagway(project(tmp_path, "import dagster as dg\ndefs = dg.Definitions()\n"), "init")
    assert "put `dagway.operations.with_operations` round the definitions" in shown.stderr


@pytest.mark.parametrize("target", [".", "workspace.yaml"])
def test_what_it_writes_serves_every_location(tmp_path: Path, target: str) -> None:
    for name in ("sales", "stock"):
        project(tmp_path / name)
    entries = "".join(
        f"  - python_file: {{relative_path: {name}/definitions.py, location_name: {name}}}\n"
        for name in ("sales", "stock")
    )
    (tmp_path / "workspace.yaml").write_text(f"load_from:\n{entries}")
    init(tmp_path / target)
    platform = find(tmp_path)
    places = served(platform, Home.of(tmp_path, None, {}))
    assert [one.name for one in places] == ["sales", "stock"]
    assert len({one.socket for one in places}) == 2
