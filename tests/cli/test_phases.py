"""Progress where there is no terminal: one line for each phase that is done."""

from __future__ import annotations

import re

import pytest

from dagway.cli._phases import phases


def test_each_finished_phase_is_one_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with phases() as tell:
        tell("load", 0, 1)
        tell("load", 1, 1)
        for done in (1, 2, 3):
            tell("materialize", done, 3)
            tell("check", done, 4)
        tell("materialize", 3, 3)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert re.sub(r"\d+\.\d s", "N s", shown.err) == "  load         N s\n  materialize  3 steps, N s\n"
