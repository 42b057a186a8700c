"""`dagway down` where no platform runs; what runs is tested in tests/platform."""

from __future__ import annotations

from pathlib import Path

from served_platform import dagway, project


def test_where_none_is_up(tmp_path: Path) -> None:
    shown = dagway(project(tmp_path), "down")
    assert (shown.returncode, shown.stdout) == (1, "No platform was up.\n")
