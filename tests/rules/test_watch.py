"""Watching: text at once, definitions after it, from a process that has Dagster imported; what a change overtakes ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from processes import is_alive, until

pytestmark = pytest.mark.integration
ASSET = "\n\n@dg.asset(owners=['team:data'], compute_kind='python')\ndef {name}() -> None: ...\n"
SELECT = "asset-kind-legacy,asset-owner-missing,definitions-unloadable"


class Watch:
    """A running `dagway check --watch --json`; a watch that says nothing is ended after two minutes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def said(self) -> dict[str, Any]:
        """The next report, or error."""
        assert self.process.stdout is not None
        lines: list[str] = []
        for line in self.process.stdout:
            lines.append(line)
            if line == "}\n":
                return json.loads("".join(lines))
        raise AssertionError("the watch ended")

    def report(self) -> list[tuple[str, str]]:
        """The next report's findings: rule and object."""
        return [(item["rule"], item["object"]) for item in self.said()["findings"]]

    def error(self) -> str:
        return self.said()["error"]["message"]

    def until(self, wanted: list[tuple[str, str]]) -> None:
        """Reads reports until one is as wanted."""
        while self.report() != wanted:
            pass


@contextmanager
def watching(root: Path, *options: str) -> Generator[Watch]:
    command = [sys.executable, "-m", "dagway.cli", "check", "--watch", "--json", "--select", SELECT, *options]
    with subprocess.Popen(
        command,
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "XDG_CACHE_HOME": str(root.parent / "cache")},
    ) as process:
        late = threading.Timer(120, process.kill)
        late.start()
        try:
            yield Watch(process)
        finally:
            late.cancel()
            process.send_signal(signal.SIGINT)
            process.wait(60)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "pyproject.toml").write_text("")
    (root / "definitions.py").write_text(
        "import dagster as dg\nimport json\nimport pandas\n\n\n@dg.asset\ndef orders() -> None: ...\n"
    )
    return root


KIND, OWNER = ("asset-kind-legacy", "customers"), ("asset-owner-missing", "orders")


def add(project: Path, text: str) -> None:
    file = project / "definitions.py"
    file.write_text(file.read_text() + text)


def test_text_is_told_at_once_and_definitions_after_it(project: Path) -> None:
    with watching(project) as watch:
        assert watch.report() == []
        assert watch.report() == [OWNER]
        add(project, ASSET.format(name="customers"))
        assert watch.report() == [KIND]
        assert watch.report() == [OWNER, KIND]
        add(project, "raise ValueError('broken')\n")
        watch.until([KIND, ("definitions-unloadable", "")])


def test_a_load_that_a_change_overtakes_is_ended(project: Path) -> None:
    add(
        project,
        f"\nimport os, time\nopen({str(project.parent / 'pid')!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)\n",
    )
    place = project.parent / "pid"
    with watching(project) as watch:
        assert watch.report() == []
        pid = int(until(lambda: place.exists() and place.read_text(), "the load"))
        (project / "definitions.py").write_text(
            "import dagster as dg\n\n\n@dg.asset\ndef orders() -> None: ...\n"
        )
        watch.until([OWNER])
        until(lambda: not is_alive(pid), "the end of the overtaken load")


def test_with_no_load_nothing_of_the_project_runs(project: Path) -> None:
    add(project, f"\nopen({str(project.parent / 'trace')!r}, 'w')\n")
    with watching(project, "--no-load") as watch:
        assert watch.report() == []
        add(project, ASSET.format(name="customers"))
        assert watch.report() == [KIND]
    assert not (project.parent / "trace").exists()


def test_a_new_folder_with_files_is_seen(project: Path) -> None:
    with watching(project, "--no-load") as watch:
        assert watch.report() == []
        made = project.parent / "made"
        made.mkdir()
        (made / "more.py").write_text("import dagster as dg\n" + ASSET.format(name="customers"))
        made.rename(project / "made")
        watch.until([KIND])


def test_configuration_is_read_again_and_its_mistakes_end_nothing(project: Path) -> None:
    add(project, ASSET.format(name="customers"))
    configuration = project / "pyproject.toml"
    with watching(project, "--no-load") as watch:
        assert watch.report() == [KIND]
        configuration.write_text('[tool.dagway.check]\nignore = ["asset-kind-legacy"]\n')
        assert watch.report() == []
        configuration.write_text('[tool.dagway.check]\nignoree = ["asset-kind-legacy"]\n')
        assert watch.error() == "pyproject.toml:2 [tool.dagway.check]: there is no key 'ignoree'."
        configuration.write_text("")
        assert watch.report() == [KIND]


def test_the_baseline_is_read_again(project: Path) -> None:
    add(project, ASSET.format(name="customers"))
    known = project / "known.json"
    known.write_text('{"version": 1, "findings": []}')
    options = ("--no-load", "--baseline", "known.json")
    with watching(project, *options) as watch:
        assert watch.report() == [KIND]
        command = [
            sys.executable,
            "-m",
            "dagway.cli",
            "check",
            *options,
            "--select",
            SELECT,
            "--write-baseline",
        ]
        subprocess.run(command, cwd=project, check=True, stderr=subprocess.DEVNULL)
        watch.until([])


def test_what_can_be_mended_is_and_what_cannot_is_not_promised(project: Path) -> None:
    add(project, ASSET.format(name="customers"))
    taken = "type: dagster.X\nattributes: {}\n"
    for name in ("component.yaml", "defs.yaml"):
        (project / name).write_text(taken)
    options = ("--no-load", "--fix", "--select", "component-file-legacy")
    with watching(project, *options) as watch:
        [finding] = watch.said()["findings"]
        assert (finding["rule"], finding["fix"]) == ("component-file-legacy", None)
    assert "compute_kind" not in (project / "definitions.py").read_text()
