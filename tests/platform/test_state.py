"""The state of a platform that is up, and what other commands take from it."""

from __future__ import annotations

from pathlib import Path

import pytest
from served_platform import dagway, project

from dagway.platform.home import Home
from dagway.platform.load import find
from dagway.platform.state import as_running, fresh


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose platform, this process, is up with a profile that the file does not choose."""
    monkeypatch.delenv("DAGWAY_PROFILE", raising=False)
    (project(tmp_path) / "platform.yaml").write_text(
        "platform: 1\nprofiles: {postgres: {home: elsewhere, runs: {engine: celery}}}\n"
    )
    home = Home.of(tmp_path, "elsewhere", {})
    home.make()
    fresh("http://127.0.0.1:1", "postgres", home).write(home)
    return tmp_path


def test_it_is_read_with_the_profile_that_it_runs_with(root: Path) -> None:
    assert find(root).config.runs.engine == "warm"
    assert as_running(root).config.runs.engine == "celery"
    assert as_running(root / "platform.yaml").config.home == "elsewhere"
    assert as_running(root, "embedded").config.runs.engine == "warm"
    Home.of(root, None, {}).state.unlink()
    assert as_running(root).config.runs.engine == "warm"


def test_workers_that_keep_their_code_take_no_new_version(root: Path) -> None:
    (root / "next").mkdir()
    shown = dagway(root, "deploy", "next")
    assert shown.returncode == 2
    assert "With `runs: engine: celery`, runs are in processes that keep the code" in shown.stderr


def test_its_variables_are_listed_as_it_needs_them(root: Path) -> None:
    shown = dagway(root, "env", "--json")
    assert '"missing"' in shown.stdout
    assert '"missing"' not in dagway(root, "env", "--json", "--profile", "embedded").stdout
