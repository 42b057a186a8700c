"""The state of a platform that is up, and what other commands take from it."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from served_platform import dagway, project

from dagway.errors import DagwayError
from dagway.platform.control import status, stop
from dagway.platform.doctor import examine
from dagway.platform.home import Home
from dagway.platform.load import find
from dagway.platform.serving import serving
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


@contextmanager
def as_another_user(folder: Path) -> Generator[None]:
    """Without the right to look into the folder: nobody, if we are root, who has every right."""
    user = os.geteuid()
    folder.chmod(0)
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)
        folder.chmod(0o700)


def test_that_it_is_another_users_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DAGWAY_PROFILE", "DAGSTER_HOME"):
        monkeypatch.delenv(name, raising=False)
    # Below pytest's own folder, nobody else could reach it.
    with TemporaryDirectory() as name:
        root = project(Path(name))
        root.chmod(0o755)
        home = Home.of(root, None, {})
        home.make()
        fresh("http://127.0.0.1:1", "embedded", home).write(home)
        # Imported by us: where Python lies, nobody else may look either.
        found = as_running(root)
        assert status(found).state is not None
        assert examine(found, {})
        assert serving(root) is not None
        with as_another_user(home.platform):
            for ask in (
                lambda: as_running(root),
                lambda: status(found),
                lambda: stop(found, cancel=False, patience=1),
            ):
                with pytest.raises(DagwayError, match=f"{home.platform} is another user's") as told:
                    ask()
                assert told.value.remedy
            assert [one.kind for one in examine(found, {})] == ["problem"]
            assert serving(root) is None
        home.sockets.rmdir()
