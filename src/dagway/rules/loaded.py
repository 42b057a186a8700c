"""The project as Dagster loads it: values that rules of kind L read. Pure; `loading` makes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dagway.project.model import Position, Project
from dagway.rules.model import Problem


@dataclass(frozen=True, slots=True)
class LoadEvent:
    """Something that loading did beyond reading: the project's own line that did it."""

    kind: Literal["socket", "process", "write"]
    detail: str
    path: Path
    line: int


@dataclass(frozen=True, slots=True)
class LoadFailure:
    """Why the definitions did not load; the path is relative to the root, empty where no own file is to blame."""

    path: str
    line: int
    cause: str
    remedy: str


@dataclass(frozen=True)
class LoadedProject:
    """The definitions of all code locations, and what loading them did.

    Attributes:
        root: what paths in findings are relative to.
    """

    root: Path
    project: Project
    events: tuple[LoadEvent, ...] = ()

    def problem(self, position: Position | None, message: str, remedy: str, *, about: str = "") -> Problem:
        """A problem at a definition's position; at the root where Dagster does not tell one."""
        if position is None or not position.path.is_relative_to(self.root):
            return Problem(1, 1, message, remedy, about, ".")
        path = position.path.relative_to(self.root).as_posix()
        return Problem(position.line or 1, 1, message, remedy, about, path)
