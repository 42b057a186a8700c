"""`dagway logs` where no platform runs; what runs is tested in tests/platform."""

from __future__ import annotations

from pathlib import Path

from served_platform import dagway, project


def test_where_there_are_none(tmp_path: Path) -> None:
    shown = dagway(project(tmp_path), "logs")
    assert shown.returncode == 2
    assert "There are no logs in" in shown.stderr


def test_lines_of_one_service_and_of_all(tmp_path: Path) -> None:
    folder = project(tmp_path) / ".dagway/platform/logs"
    folder.mkdir(parents=True)
    (folder / "daemon.log").write_text("one\ntwo\n")
    (folder / "webserver.log").write_text("three\n")
    assert dagway(tmp_path, "logs", "-n", "1").stdout == "daemon    │ two\nwebserver │ three\n"
    assert dagway(tmp_path, "logs", "daemon").stdout == "daemon │ one\ndaemon │ two\n"
    assert "There are: daemon, webserver." in dagway(tmp_path, "logs", "other").stderr
