"""The folders of a platform: one platform has them at a time."""

from __future__ import annotations

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
