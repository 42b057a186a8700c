"""`dagway deploy` where nothing is deployed: one clear message, and status 2. What is deployed is tested in tests/platform."""

from __future__ import annotations

from pathlib import Path

import pytest
from served_platform import dagway, project


@pytest.mark.parametrize("words", [(), (".", "--rollback")])
def test_it_is_a_folder_or_the_way_back(tmp_path: Path, words: tuple[str, ...]) -> None:
    shown = dagway(project(tmp_path), "deploy", *words)
    assert shown.returncode == 2
    assert "Give the folder of the new version, or --rollback." in shown.stderr


def test_where_no_platform_is_up(tmp_path: Path) -> None:
    (tmp_path / "next").mkdir()
    shown = dagway(project(tmp_path), "deploy", "next")
    assert shown.returncode == 2
    assert f"No platform is up on {tmp_path}/.dagway/home." in shown.stderr
    assert "Start it with `dagway up`" in shown.stderr
