"""The folders of a platform: one platform has them at a time."""

from __future__ import annotations

import shutil
import socket
import stat
import tempfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from served_platform import project

from dagway.errors import DagwayError
from dagway.platform.home import Home
from dagway.platform.load import find
from dagway.platform.up import Prepared, running


def test_one_project_is_not_up_twice_with_two_homes_nor_one_home_with_two_projects(tmp_path: Path) -> None:
    def prepared(folder: str, home: str) -> Prepared:
        root = project(tmp_path / folder)
        return Prepared(find(root), Home.of(root, None, {"DAGSTER_HOME": str(tmp_path / home)}), (), ())

    def tell(_who: str, _line: str) -> None: ...

    with running(prepared("shop", "one"), tell):
        for folder, home in (("shop", "two"), ("stock", "one")):
            with pytest.raises(DagwayError, match="is up already"), running(prepared(folder, home), tell):
                pass
        with running(prepared("stock", "two"), tell):
            pass
    with running(prepared("shop", "two"), tell):
        pass


def test_a_home_that_was_there_and_that_others_can_read_is_told(tmp_path: Path) -> None:
    said: list[str] = []
    root = project(tmp_path)
    # Below pytest's own folder, nobody else could reach it.
    with TemporaryDirectory() as home:
        for mode in (0o750, 0o700):
            Path(home).chmod(mode)
            prepared = Prepared(find(root), Home.of(root, None, {"DAGSTER_HOME": home}), (), ())
            with running(prepared, lambda _, line: said.append(line)):
                pass
        assert said == [f"{home} can be read by other users: chmod 700 {home}"]


def test_sockets_lie_elsewhere_where_the_folder_for_temporary_files_has_a_long_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    home = Home.of(tmp_path, None, {})
    home.make()
    try:
        assert stat.S_IMODE(home.sockets.stat().st_mode) == 0o700
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(home.sockets / "999.sock"))
    finally:
        shutil.rmtree(home.sockets)


def test_where_every_path_is_too_long_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / ("x" * 100)
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    monkeypatch.setattr("dagway._dagster.socket_place._SHORT", str(deep))
    monkeypatch.setattr("dagway._dagster.socket_place.os.geteuid", lambda: -1)
    with pytest.raises(DagwayError, match=f"socket in {deep} is longer than the 107 bytes") as told:
        Home.of(tmp_path, None, {}).make()
    assert told.value.remedy == "Set TMPDIR to a folder with a shorter path."
