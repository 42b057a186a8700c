"""`dagway up` where it does not start: one clear message, and status 2. What runs is tested in tests/platform."""

from __future__ import annotations

import socket
from pathlib import Path

from served_platform import dagway, project


def test_a_taken_port(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        shown = dagway(project(tmp_path), "up", "--port", str(port))
    assert shown.returncode == 2
    assert f"Port {port} for webserver cannot be had: Address already in use." in shown.stderr
    assert "--port" in shown.stderr


def test_another_address_is_refused(tmp_path: Path) -> None:
    shown = dagway(project(tmp_path), "up", "--host", "0.0.0.0")
    assert shown.returncode == 2
    assert "nobody has to log in" in shown.stderr
    for way in ("login: password", "login: proxy", "127.0.0.1"):
        assert way in shown.stderr


def test_a_missing_variable(tmp_path: Path) -> None:
    shown = dagway(project(tmp_path), "up", "--profile", "postgres")
    assert shown.returncode == 2
    assert "DAGSTER_POSTGRES_USER, which is not set" in shown.stderr
