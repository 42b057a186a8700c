"""`dagway render`: files on the disk, and none replaced that says something else."""

from __future__ import annotations

from pathlib import Path

from served_platform import dagway, project


def test_files_are_written_and_a_changed_one_stays(tmp_path: Path) -> None:
    folder = project(tmp_path)
    shown = dagway(folder, "render", "compose", "-o", ".")
    assert shown.returncode == 0, shown.stderr
    assert {"Dockerfile", ".dockerignore", "compose.yaml", "deploy"} <= {
        path.name for path in folder.iterdir()
    }
    assert dagway(folder, "render", "compose", "-o", ".").returncode == 0
    (folder / "Dockerfile").write_text("FROM scratch\n")
    refused = dagway(folder, "render", "compose", "-o", ".")
    assert refused.returncode == 2
    assert "Dockerfile in . is there already and says something else." in refused.stderr
    assert (folder / "Dockerfile").read_text() == "FROM scratch\n"
    assert dagway(folder, "render", "docker", "-o", ".", "--force").returncode == 0
    assert dagway(folder, "render", "systemd").stdout.startswith("# Written by `dagway render systemd`.")


def test_who_opens_the_ui_to_a_proxy_is_told(tmp_path: Path) -> None:
    folder = project(tmp_path)
    (folder / "platform.yaml").write_text("platform: 1\nwebserver: {host: 0.0.0.0, login: proxy}\n")
    shown = dagway(folder, "render", "compose", "-o", ".")
    assert shown.returncode == 0, shown.stderr
    said = "The webserver listens on 0.0.0.0 and lets everybody in: the proxy before it has to be the only way there"
    assert said in shown.stderr
    assert f"# {said}" in (folder / "compose.yaml").read_text()
