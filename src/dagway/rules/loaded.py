"""The project as Dagster loads it: values that rules of kind L read. Pure; `loading` makes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dagway.project.model import Key, Position, Project
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
    """Why a code location did not load; the path is relative to the root, empty where no own file is to blame."""

    path: str
    line: int
    cause: str
    remedy: str


@dataclass(frozen=True)
class LoadedProject:
    """The definitions of one code location, and what loading them did.

    Attributes:
        root: what paths in findings are relative to.
        project: all repositories of the location as one.
        repositories: one, but for several old `@repository`.
        keys_elsewhere: what the other code locations define, external assets included; None where one did not load, so that nobody knows.
    """

    root: Path
    project: Project
    events: tuple[LoadEvent, ...] = ()
    repositories: tuple[Project, ...] = ()
    keys_elsewhere: frozenset[Key] | None = frozenset()

    def may_be_elsewhere(self, key: Key) -> bool:
        """Whether another code location defines the key, or may do so."""
        return self.keys_elsewhere is None or key in self.keys_elsewhere

    def problem(self, position: Position | None, message: str, remedy: str, *, about: str = "") -> Problem:
        """A problem at a definition's position; at the root where Dagster does not tell one."""
        if position is None or not position.path.is_relative_to(self.root):
            return Problem(1, 1, message, remedy, about, ".")
        path = position.path.relative_to(self.root).as_posix()
        return Problem(position.line or 1, 1, message, remedy, about, path)


@dataclass(frozen=True)
class LoadedWorkspace:
    """All code locations of the project, in the order of their configuration.

    Attributes:
        locations: those that loaded.
        failures: why the others did not.
    """

    root: Path
    locations: tuple[LoadedProject, ...]
    failures: tuple[LoadFailure, ...] = ()
