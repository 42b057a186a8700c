"""The page that says which test shows what of each component: it is whole, and its tests are there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import dagway.components

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "contract.md"
FOLDERS = (ROOT / "tests" / "components", ROOT / "tests" / "integrations")
SITUATIONS = [
    "loads from YAML",
    "demo run",
    "real server",
    "wrong credentials",
    "429",
    "500",
    "time-out",
    "half a page",
    "changed schema",
    "empty source",
    "interrupted",
    "repaired by the next run",
]


def sections() -> dict[str, list[tuple[str, str]]]:
    """What the page says of each component: the situation, and the cell beside it."""
    _, *parts = PAGE.read_text().split("\n## [")
    return {
        part.partition("]")[0]: re.findall(r"^\| (\S.*?) \| (.+) \|$", part, re.MULTILINE) for part in parts
    }


@cache
def tests_there() -> set[str]:
    """Every test beside this one and of the integrations, as the page names them."""
    return {
        f"{name}::{node.name}"
        for folder in FOLDERS
        for file in folder.rglob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        for name in (file.name, file.relative_to(folder).as_posix())
    }


def test_every_component_is_on_the_page() -> None:
    assert sorted(sections()) == sorted({*dagway.components.__all__, *dagway.components.OFFERS})


@pytest.mark.parametrize("component", sections())
def test_each_situation_has_its_test_or_its_reason(component: str) -> None:
    lines = sections()[component]

    assert [situation for situation, _ in lines] == SITUATIONS
    known = tests_there()
    for situation, cell in lines:
        named = re.findall(r"`(test_\w+\.py::\w+|\w+/test_\w+\.py::\w+)`", cell)
        assert re.match(r"(n/a|open): \w", cell) or named, (situation, cell)
        assert not set(named) - known, situation
