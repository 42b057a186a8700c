"""A file's text, and places in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from dagway.rules.model import Edit, Fix, Problem


def tree_lines(text: str) -> list[str]:
    """The lines as Python's tokenizer, editors and YAML count them: a form feed ends none."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


@dataclass(frozen=True, eq=False)
class TextFile:
    """One file that a rule reads; the path is posix, relative to the project's root."""

    path: str
    text: str

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def line_starts(self) -> list[int]:
        """The offset of the first character of each line."""
        starts = [0]
        for line in self.text.splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        return starts

    @property
    def name(self) -> str:
        return PurePosixPath(self.path).name

    @cached_property
    def is_test(self) -> bool:
        """Whether it belongs to the tests, by its name or its folders."""
        *folders, name = PurePosixPath(self.path).parts
        in_tests = any(folder in {"test", "tests"} or folder.endswith("_tests") for folder in folders)
        return in_tests or name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py"

    def at(
        self, line: int, column: int, message: str, remedy: str, *, about: str = "", fix: Fix | None = None
    ) -> Problem:
        """A problem at a place of this file; both count from 1."""
        return Problem(line, column, message, remedy, about, self.path, fix)

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column, both from 1, the column in characters."""
        return self.line_starts[line - 1] + column - 1

    def replace(self, start: int, end: int, text: str) -> Edit:
        return Edit(start, end, text)
