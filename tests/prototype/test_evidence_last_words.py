"""A command's end as one line of evidence."""

import pytest

from dagway.prototype.prove.last_words import last_words
from dagway.prototype.prove.model import Command


@pytest.mark.parametrize(
    ("output", "status", "said"),
    [
        ("All checks passed!\n\n", 0, "All checks passed!"),
        ("", 3, "exit status 3"),
        ("x", -9, "ended by signal 9"),
        (
            "FAILED tests/test_a.py::test_b - x\n1 failed, 2 passed in 1.20s\nException: while ending\nEND",
            1,
            "1 failed, 2 passed in 1.20s: tests/test_a.py::test_b",
        ),
        (
            "SKIPPED [2] tests/conftest.py:48: the source shop has no demo files\n3 passed, 2 skipped in 1.20s",
            0,
            "3 passed, 2 skipped in 1.20s; skipped: the source shop has no demo files",
        ),
        (
            "Traceback\ndagster.core.InvalidError: no such key\n\nStack Trace:\n  )\n\x1b[0m\n",
            1,
            "dagster.core.InvalidError: no such key",
        ),
        (
            "I001 [*] Import block is un-sorted\n --> shop/logic.py:1:1\n  |\n1 | import pandas as pd\nhelp: Organize\n\n"
            "F401 [*] `os` imported but unused\n --> shop/more.py:12:8\n\nFound 2 errors.\n[*] 2 fixable with `--fix`.",
            1,
            "F401 `os` imported but unused (shop/more.py:12), I001 Import block is un-sorted (shop/logic.py:1):"
            " [*] 2 fixable with `--fix`.",
        ),
    ],
)
def test_what_says_most_is_told(output: str, status: int, said: str) -> None:
    assert last_words(Command("x", "x", status, 0.1, output)) == said


def test_a_launch_is_said_to_have_succeeded() -> None:
    assert last_words(Command("dg launch", "dg launch --assets x", 0, 0.1, "RUN_SUCCESS - and so on")) == (
        "the run succeeded"
    )
