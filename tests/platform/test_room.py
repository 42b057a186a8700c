"""What is said of a disk that fills: once, and once when it has room again."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from dagway.platform import room
from dagway.platform.room import Room

pytestmark = pytest.mark.unit


def test_it_is_said_once_and_once_when_it_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = iter((room.ENOUGH + 1, 3_000_000, 0, room.LEAST + 1, room.ENOUGH + 1, room.LEAST))

    def usage(_folder: Path) -> SimpleNamespace:
        return SimpleNamespace(free=next(free))

    monkeypatch.setattr(shutil, "disk_usage", usage)
    one = Room(tmp_path)
    assert [one.news() for _ in range(6)] == [
        "",
        f"the disk of {tmp_path} is full, with 3 MB left: runs cannot report what they do. Free some space.",
        "",
        "",
        f"the disk of {tmp_path} has room again",
        "",
    ]
