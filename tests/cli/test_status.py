"""`dagway status` where no platform runs; what runs is tested in tests/platform."""

from __future__ import annotations

import json
from pathlib import Path

from served_platform import dagway, project


def test_where_none_is_up(tmp_path: Path) -> None:
    shown = dagway(project(tmp_path), "status")
    assert shown.returncode == 1
    assert shown.stdout == f"No platform is up on {tmp_path}/.dagway/home.\n  Start it with `dagway up`.\n"
    assert json.loads(dagway(tmp_path, "status", "--json").stdout)["up"] is False


def test_a_state_that_a_killed_platform_left_is_none(tmp_path: Path) -> None:
    folder = project(tmp_path) / ".dagway/platform"
    folder.mkdir(parents=True)
    left = {
        "webserver": "http://127.0.0.1:1",
        "profile": "embedded",
        "pid": 1,
        "born": -1,
        "home": "",
        "since": 0,
    }
    (folder / "state.json").write_text(json.dumps(left))
    assert dagway(tmp_path, "status").stdout.startswith("No platform is up")
