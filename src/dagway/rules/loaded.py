"""The project as Dagster loads it: values that rules of kind L read. Pure; `loading` makes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

from dagway.project.model import Asset, Duplicate, Job, Key, Position, Project, Schedule, Sensor, slash
from dagway.rules.model import Problem, Skipped

Automation = Job | Schedule | Sensor


@dataclass(frozen=True, slots=True)
class LoadEvent:
    """Something that loading did beyond reading: the project's own line that did it."""

    kind: Literal["socket", "process", "write"]
    detail: str
    path: Path
    line: int


@dataclass(frozen=True, slots=True)
class LoadFailure:
    """Why a code location did not load; the path is relative to the root, empty where no own file is to blame.

    Attributes:
        duplicate: the key that is defined twice, where that is the reason.
    """

    path: str
    line: int
    cause: str
    remedy: str
    duplicate: Duplicate | None = None
    column: int = 1


@dataclass(frozen=True, slots=True)
class VariableRead:
    """An environment variable that an own line, or a template in a component's YAML, read.

    Attributes:
        value: what it was, or what the code takes where it is not set.
        words: the words in quotes of the file that reads it: what the code compares the value with is among them.
    """

    name: str
    value: str
    position: Position | None
    words: frozenset[str] = frozenset()


@dataclass(frozen=True)
class LoadedProject:
    """The definitions of one code location, and what loading them did.

    Attributes:
        root: what paths in findings are relative to.
        project: all repositories of the location as one.
        repositories: one, but for several old `@repository`.
        reads: the environment variables that the project's own code read.
        keys_elsewhere: what the other code locations define, external assets included; None where nobody knows, for one
            did not load or is behind a server.
    """

    root: Path
    project: Project
    events: tuple[LoadEvent, ...] = ()
    repositories: tuple[Project, ...] = ()
    reads: tuple[VariableRead, ...] = ()
    keys_elsewhere: frozenset[Key] | None = frozenset()

    @cached_property
    def defined(self) -> tuple[Asset, ...]:
        """What the location defines, external assets included: all but the stubs that Dagster makes of unknown keys."""
        return tuple(asset for asset in self.project.assets if not asset.stub)

    @cached_property
    def materializable(self) -> tuple[Asset, ...]:
        """What Dagster computes here."""
        return tuple(asset for asset in self.defined if asset.materializable)

    @property
    def keys(self) -> frozenset[Key]:
        return frozenset(asset.key for asset in self.defined)

    def may_be_elsewhere(self, key: Key) -> bool:
        """Whether another code location defines the key, or may do so."""
        return self.keys_elsewhere is None or key in self.keys_elsewhere

    def problem(self, position: Position | None, message: str, remedy: str, *, about: str = "") -> Problem:
        """A problem at a definition's position; at the root where Dagster does not tell one."""
        return _problem(self.root, position, message, remedy, about)

    def problem_of(self, asset: Asset, message: str, remedy: str) -> Problem:
        """A problem of an asset: the message goes on after its name."""
        return self.problem(
            asset.position, f"the asset {slash(asset.key)} {message}", remedy, about=slash(asset.key)
        )

    def problem_named(
        self, item: Automation, message: str, remedy: str, *, otherwise: Position | None = None
    ) -> Problem:
        """A problem of a job, schedule or sensor: the message goes on after its name.

        Args:
            otherwise: the place where Dagster made it, so that no own line did.
        """
        noun = type(item).__name__.lower()
        return self.problem(
            item.position or otherwise, f"the {noun} {item.name} {message}", remedy, about=item.name
        )


@dataclass(frozen=True)
class Reloadable:
    """A code location that can be loaded again.

    Attributes:
        keys_with: what it defines where these environment variables have other values, and no `.env` is read; None where
            it does not load then. Runs the project's code.
    """

    loaded: LoadedProject
    keys_with: Callable[[Mapping[str, str]], frozenset[Key] | None]


@dataclass(frozen=True)
class LoadedWorkspace:
    """All code locations of the project, in the order of their configuration.

    Attributes:
        locations: those that loaded.
        failures: why the others did not.
        elsewhere: the place that names code locations behind servers, whose definitions are not here.
        reloadable: those that loaded, for rules that load them again.
    """

    root: Path
    locations: tuple[LoadedProject, ...]
    failures: tuple[LoadFailure, ...] = ()
    elsewhere: tuple[Skipped, ...] = ()
    reloadable: tuple[Reloadable, ...] = ()

    def problem(self, position: Position | None, message: str, remedy: str, *, about: str = "") -> Problem:
        """A problem at a definition's position; at the root where Dagster does not tell one."""
        return _problem(self.root, position, message, remedy, about)


def _problem(root: Path, position: Position | None, message: str, remedy: str, about: str) -> Problem:
    path = _shown(root, position.path) if position else None
    if position is None or path is None:
        return Problem(1, 1, message, remedy, about, ".")
    return Problem(position.line or 1, 1, message, remedy, about, path)


@cache
def _shown(root: Path, path: Path) -> str | None:
    """Relative to the root; None outside. Thousands of problems share a few files."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else None
