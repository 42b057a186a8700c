"""Fixes as edits of a file's text, and what is not written."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagway.rules.fixes import Applied, apply
from dagway.rules.model import Edit, Finding, Fix

CALL = "asset(a=1, b=2)\n"


def finding(*edits: Edit) -> Finding:
    return Finding("a-rule", "warning", "a.py", 1, 1, "", "is wrong", "Mend it", Fix(edits))


@pytest.mark.parametrize("text", ["b", "a=1, a", "*a, *"])
def test_what_python_does_not_compile_is_not_written(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.py").write_text(CALL)
    place = CALL.index("a=1")
    assert apply(tmp_path, [finding(Edit(place, place + 1, text))], unsafe=False) == Applied()
    assert (tmp_path / "a.py").read_text() == CALL


def test_a_warning_of_the_compiler_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(CALL)
    place = CALL.index("2")
    assert apply(tmp_path, [finding(Edit(place, place + 1, "'\\d'"))], unsafe=False) == Applied(1, ("a.py",))
    assert (tmp_path / "a.py").read_text() == "asset(a=1, b='\\d')\n"
