"""What the engine promises whatever the rules are: the cache, crashes, paths, what git ignores, rules of one's own."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from dagway.errors import DagwayError
from dagway.project.model import Asset, Project
from dagway.rules import library as rules_library
from dagway.rules.cache import folder
from dagway.rules.engine import Task, check
from dagway.rules.library import library
from dagway.rules.loaded import LoadedProject
from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.python import PythonFile

PRIVATE = "from dagster._core.definitions import AssetKey\n"
RULES = {item.id: item for item in library()}


def task(root: Path, *rules: str, **changes: Any) -> Task:
    active = tuple(RULES[name] for name in rules or ("private-dagster-import",))
    return replace(Task(root, (root,), active, load=False), **changes)


def paths(root: Path, **changes: Any) -> list[str]:
    return [finding.path for finding in check(task(root, **changes)).findings]


def test_a_cached_file_is_not_read_again_until_it_changes(tmp_path: Path) -> None:
    seen: list[str] = []

    @rule("counting", severity="note")
    def counting(file: PythonFile) -> list[Problem]:
        """Counts."""
        seen.append(file.path)
        return [file.at(1, 1, "seen", "nothing")]

    (tmp_path / "a.py").write_text("a = 1\n")
    (tmp_path / "b.py").write_text("b = 1\n")
    counted = Task(tmp_path, (tmp_path,), (counting,), load=False)
    first = check(counted)
    assert check(counted).findings == first.findings
    assert seen == ["a.py", "b.py"]
    (tmp_path / "b.py").write_text("b = 2\n")
    check(counted)
    assert seen == ["a.py", "b.py", "b.py"]


def test_another_selection_of_rules_is_not_answered_from_the_cache(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(PRIVATE)
    assert check(task(tmp_path, "removed-api")).findings == ()
    assert paths(tmp_path) == ["a.py"]


def test_a_broken_cache_costs_only_time(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (root / "a.py").write_text(PRIVATE)
    check(task(root))
    [file] = folder().glob("*.pickle")
    file.write_bytes(b"torn")
    assert paths(root) == ["a.py"]


def test_a_crash_is_not_kept_in_the_cache(tmp_path: Path) -> None:
    @rule("crashing", severity="note")
    def crashing(file: PythonFile) -> list[Problem]:
        """Fails."""
        raise ValueError(file.path)

    (tmp_path / "a.py").write_text("a = 1\n")
    failing = Task(tmp_path, (tmp_path,), (crashing,), load=False)
    for _ in range(2):
        report = check(failing)
        assert (report.status, [crash.rule for crash in report.crashes]) == (2, ["crashing"])


def test_what_tools_wrote_and_git_ignores_is_left_alone(tmp_path: Path) -> None:
    for name in (
        "a.py",
        ".venv/b.py",
        "node_modules/c.py",
        "target/d.py",
        "made/e.py",
        "env2/pyvenv.cfg",
        "env2/f.py",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(PRIVATE if name.endswith(".py") else "")
    assert paths(tmp_path) == ["a.py", "made/e.py"]
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / ".gitignore").write_text("made/\n")
    assert paths(tmp_path) == ["a.py"]


def test_a_folder_that_git_ignores_is_checked_when_asked_for(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / ".gitignore").write_text("out/\n")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.py").write_text(PRIVATE)
    assert paths(tmp_path / "out") == ["a.py"]


def test_all_files_are_compared_and_those_asked_for_are_reported(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import dagster\nimport os\n\na = os.environ['A_URL']\n")
    (tmp_path / "b.py").write_text("import os\n\nb = os.environ['B_URL']\n")
    (tmp_path / ".env.example").write_text("B_URL=\n")
    asked = task(tmp_path, "env-undeclared", "private-dagster-import", paths=(tmp_path / "b.py",))
    assert check(asked).findings == ()
    assert [item.object for item in check(replace(asked, paths=(tmp_path / "a.py",))).findings] == ["A_URL"]


def entry(value: object) -> EntryPoint:
    class Loaded(EntryPoint):
        def load(self) -> object:
            if isinstance(value, Exception):
                raise value
            return value

    return Loaded("mine", "mine:check", "dagway.rules")


def registering(value: object) -> Callable[..., list[EntryPoint]]:
    def entries(group: str) -> list[EntryPoint]:
        return [entry(value)]

    return entries


@rule("mine", severity="warning")
def mine(file: PythonFile) -> list[Problem]:
    """Mine."""
    return []


def test_a_package_adds_rules_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules_library, "entry_points", registering(mine))
    rules_library.library.cache_clear()
    try:
        assert rules_library.library()[-1] is mine
    finally:
        rules_library.library.cache_clear()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (ImportError("gone"), "cannot be loaded: ImportError: gone"),
        (len, "is no rule"),
        (RULES["removed-api"], "registers the rule 'removed-api', which is there already"),
    ],
)
def test_a_rule_that_cannot_be_added_is_an_error(
    monkeypatch: pytest.MonkeyPatch, value: object, message: str
) -> None:
    monkeypatch.setattr(rules_library, "entry_points", registering(value))
    rules_library.library.cache_clear()
    try:
        with pytest.raises(DagwayError, match=message):
            rules_library.library()
    finally:
        rules_library.library.cache_clear()


def test_the_example_of_an_own_rule_works() -> None:
    page = (Path(__file__).parents[2] / "docs" / "rules" / "README.md").read_text(encoding="utf-8")
    [code] = re.findall(r"```python\n(# acme.*?)```", page, re.DOTALL)
    made: dict[str, Any] = {}
    exec(code, made)
    project = Project("shop", Path("/shop"), (Asset(("acme", "orders")), Asset(("customers",))))
    problems = list(made["check"](LoadedProject(Path("/shop"), project)))
    assert [problem.object for problem in problems] == ["customers"]
