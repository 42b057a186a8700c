"""A YAML file: its documents as nodes with positions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from dagway.rules.model import Fix, Problem
from dagway.rules.source.text import TextFile

if TYPE_CHECKING:
    import yaml

COMPONENT_FILES = frozenset({"defs.yaml", "defs.yml", "component.yaml", "component.yml"})
Path = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class YamlFile(TextFile):
    """One YAML file that parses."""

    documents: tuple[yaml.Node, ...]

    @cached_property
    def is_component(self) -> bool:
        """Whether it configures a Dagster component: by its name, and a `type` in its first document."""
        return self.name in COMPONENT_FILES and any(path == ("type",) for path, _ in self.scalars)

    @property
    def is_profiles(self) -> bool:
        """Whether it holds dbt's connections."""
        return PurePosixPath(self.path).stem == "profiles"

    @property
    def is_instance(self) -> bool:
        """Whether it configures a Dagster instance or workspace."""
        return PurePosixPath(self.path).stem in {"dagster", "workspace", "dagster_cloud"}

    @cached_property
    def scalars(self) -> tuple[tuple[Path, yaml.ScalarNode], ...]:
        """Every text with the keys that lead to it; what an alias repeats is given once."""
        return tuple(self._scalars())

    def _scalars(self) -> Iterator[tuple[Path, yaml.ScalarNode]]:
        import yaml

        seen: set[int] = set()
        waiting: list[tuple[Path, yaml.Node]] = [((), node) for node in reversed(self.documents)]
        while waiting:
            path, node = waiting.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, yaml.ScalarNode):
                yield path, node
            elif isinstance(node, yaml.MappingNode):
                named = [((*path, str(key.value)), value) for key, value in node.value if _is_scalar(key)]
                waiting.extend(reversed(named))
            elif isinstance(node, yaml.SequenceNode):
                waiting.extend((path, item) for item in reversed(node.value))

    def problem(
        self, node: yaml.Node, message: str, remedy: str, *, about: str = "", fix: Fix | None = None
    ) -> Problem:
        """A problem at a node."""
        mark = node.start_mark
        return self.at(mark.line + 1, mark.column + 1, message, remedy, about=about, fix=fix)


def _is_scalar(node: yaml.Node) -> bool:
    import yaml

    return isinstance(node, yaml.ScalarNode)
