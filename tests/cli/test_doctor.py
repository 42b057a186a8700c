"""`dagway doctor`: problems with their mend, and status 1 for them alone."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from served_platform import dagway, free_port, project


def findings(folder: Path, *options: str, **environment: str) -> dict[str, list[dict[str, Any]]]:
    shown = dagway(folder, "doctor", "--json", *options, environment=environment)
    found: dict[str, list[dict[str, Any]]] = {}
    for one in json.loads(shown.stdout):
        found.setdefault(one["kind"], []).append(one)
    assert shown.returncode == (1 if "problem" in found else 0)
    return found


def test_a_sound_project(tmp_path: Path) -> None:
    (project(tmp_path) / "platform.yaml").write_text(f"platform: 1\nwebserver: {{port: {free_port()}}}\n")
    found = findings(tmp_path)
    assert "problem" not in found
    assert "serves definitions" in found["ok"][0]["what"]


def test_what_is_wrong(tmp_path: Path) -> None:
    folder = project(tmp_path, 'import dagster as dg\nKEY = dg.EnvVar("SHOP_KEY")\ndefs = dg.Definitions()\n')
    (folder / ".env").write_text("A=1\n")
    (folder / ".env").chmod(0o644)
    home = folder / ".dagway/home"
    home.mkdir(parents=True)
    (home / "dagster.yaml").write_text("telemetry: {enabled: true}\n")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        (folder / "platform.yaml").write_text(
            f"platform: 1\nprofile: postgres\nwebserver: {{port: {taken.getsockname()[1]}}}\n"
        )
        given = {"USER": "u", "DB": "d", "PORT": str(free_port())}
        found = findings(folder, **{f"DAGSTER_POSTGRES_{name}": value for name, value in given.items()})
    problems = " ".join(one["what"] for one in found["problem"])
    assert "SHOP_KEY is not set, which definitions.py reads." in problems
    assert "PostgreSQL does not answer at localhost:" in problems
    assert "for webserver cannot be had" in problems
    warnings = " ".join(one["what"] for one in found["warning"])
    assert "can be read by other users" in warnings
    assert "was written by hand" in warnings
    assert all(one["remedy"] for kind in ("problem", "warning") for one in found[kind])


def test_a_home_and_variables_that_others_can_read(tmp_path: Path) -> None:
    project(tmp_path / "shop")
    (tmp_path / "platform.yaml").write_text("platform: 1\nlocations: [{path: shop}]\n")
    (tmp_path / "shop/.env").write_text("SHOP_KEY=1\n")
    (tmp_path / "shop/.env").chmod(0o640)
    # Below pytest's own folder, nobody else could reach it.
    with TemporaryDirectory() as home:
        for mode, is_told in ((0o755, True), (0o700, False)):
            Path(home).chmod(mode)
            said = [one["remedy"] for one in findings(tmp_path, DAGSTER_HOME=home)["warning"]]
            assert f"chmod 600 {tmp_path}/shop/.env" in said
            assert (f"chmod 700 {home}" in said) == is_told


def test_a_channel_to_which_nobody_writes(tmp_path: Path) -> None:
    told = "nobody is told of runs that fail"
    folder = project(tmp_path, "import dagster as dg\n# with_operations\ndefs = dg.Definitions()\n")
    assert told not in str(findings(folder))
    assert told in str(findings(folder, SLACK_DEFAULT_CHANNEL="#data")["warning"])
    assert told not in str(findings(project(tmp_path), SLACK_DEFAULT_CHANNEL="#data"))


def test_a_file_of_variables_that_cannot_be_read(tmp_path: Path) -> None:
    (project(tmp_path / "shop") / ".env").write_bytes(b"A=1\nB=\xff\n")
    (tmp_path / "platform.yaml").write_text("platform: 1\nlocations: [{path: shop}]\n")
    told = f"{tmp_path}/shop/.env cannot be read: line 2 is not UTF-8."
    assert told in [one["what"] for one in findings(tmp_path)["problem"]]
    (tmp_path / ".env").write_bytes(b"A=\xff\n")
    assert findings(tmp_path) == {
        "problem": [
            {
                "kind": "problem",
                "what": f"{tmp_path}/.env cannot be read: line 1 is not UTF-8.",
                "remedy": "Save it as UTF-8.",
            }
        ]
    }


def test_variables_that_workers_of_celery_do_not_have(tmp_path: Path) -> None:
    (project(tmp_path / "shop") / ".env").write_text("SHOP_KEY=hunter22\n")
    (tmp_path / ".env").write_text("OTHER=1\n")
    (tmp_path / "platform.yaml").write_text(
        "platform: 1\nlocations: [{path: shop}]\nruns: {engine: celery}\n"
    )
    told = f"Runs on workers of Celery do not have what {tmp_path}/shop/.env says: SHOP_KEY."

    def said(**environment: str) -> list[str]:
        return [one["what"] for one in findings(tmp_path, **environment)["warning"]]

    assert told in said()
    assert told not in said(DAGWAY_ENVIRONMENT="production")
    # All have what the environment says.
    assert told not in said(SHOP_KEY="shell")
    (tmp_path / "platform.yaml").write_text("platform: 1\nlocations: [{path: shop}]\n")
    assert told not in said()
