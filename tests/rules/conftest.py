"""Projects in a folder of their own, and what the checker says of them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from dagway.rules.config import Config, read
from dagway.rules.engine import Task, check
from dagway.rules.library import library
from dagway.rules.model import Report

Checker = Callable[..., Report]


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the user's cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def checked(tmp_path: Path) -> Checker:
    """Writes files below `tmp_path/project` and checks them: `checked({path: text}, rules, config=…, load=…)`."""

    def run(
        files: Mapping[str, str],
        *rules: str,
        config: Config | None = None,
        load: bool = False,
        git: bool = False,
    ) -> Report:
        root = tmp_path / "project"
        root.mkdir(exist_ok=True)
        write(root, files)
        if git:
            subprocess.run(["git", "init", "-q"], cwd=root, check=True)
            subprocess.run(["git", "add", "-A"], cwd=root, check=True)
        active = tuple(rule for rule in library() if not rules or rule.id in rules)
        chosen = config or read(root, library())
        return check(Task(root, (root,), active, chosen, load=load, cached=False))

    return run
