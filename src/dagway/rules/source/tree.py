"""The project as a tree of files: what rules read that need more than one file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from dagway.rules.model import Problem
from dagway.rules.source.facts import Facts


@dataclass(frozen=True, eq=False)
class ProjectTree:
    """Every file that is checked.

    Attributes:
        paths: every file, posix, relative to the root, also those that no rule reads as text.
        facts: of each Python and YAML file.
        tracked: what git tracks below the root; None where there is no git.
        tables: path of each pyproject.toml and dg.toml → its content.
    """

    root: Path
    paths: tuple[str, ...]
    facts: tuple[Facts, ...]
    tracked: frozenset[str] | None
    tables: Mapping[str, Mapping[str, Any]]

    @cached_property
    def dg_projects(self) -> Mapping[str, Mapping[str, Any]]:
        """The folder of each dg project → its settings."""
        found: dict[str, Mapping[str, Any]] = {}
        for path, content in self.tables.items():
            config = content if path.endswith("dg.toml") else table(content, "tool", "dg")
            if project := table(config, "project"):
                found[path.rpartition("/")[0]] = project
        return found

    @cached_property
    def tests(self) -> tuple[Facts, ...]:
        return tuple(facts for facts in self.facts if facts.is_test and facts.path.endswith(".py"))

    def problem(
        self, path: str, line: int, column: int, message: str, remedy: str, about: str = ""
    ) -> Problem:
        return Problem(line, column, message, remedy, about, path)


def table(content: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """A table inside a TOML document; empty where there is none."""
    for name in names:
        value = content.get(name)
        content = cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}
    return content
