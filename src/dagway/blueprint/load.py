"""A blueprint from its file: read, checked as a whole, with every mistake found at once.

Loading runs no code, opens no connection and reads no file outside the blueprint's folder.
"""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from pathlib import Path

from dagway.blueprint.composer import compose
from dagway.blueprint.files import Folder, names_file
from dagway.blueprint.mistake import BlueprintErrors, Mistake, Position
from dagway.blueprint.model import Blueprint
from dagway.blueprint.page import Page, read
from dagway.blueprint.rules_files import check_files
from dagway.blueprint.shape import find, shape
from dagway.blueprint.tree import Mapping, is_null, merge
from dagway.errors import DagwayError

__all__ = ["BlueprintErrors", "LoadedBlueprint", "Mistake", "Position", "load", "load_text"]


@dataclass(frozen=True)
class LoadedBlueprint:
    """A blueprint without mistakes.

    Attributes:
        blueprint: as it stands, without an overlay.
        environments: every named environment with its overlay applied; always has `demo`.
        files: text of every .sql and .py file that the blueprint names, by the relative path as written.
        text: the file's own text, so that later mistakes can quote its lines.
    """

    path: Path
    blueprint: Blueprint
    environments: Map[str, Blueprint]
    files: Map[str, str]
    root: Mapping = field(repr=False, compare=False)
    text: str = field(default="", repr=False, compare=False)

    def sql_text(self, value: str) -> str:
        """Inline SQL, or the file's text when the value names a `.sql` file."""
        return self.files[value.strip()] if self.is_file(value) else value

    def is_file(self, value: str) -> bool:
        """Whether a value of `sql` names a file: one line that ends in `.sql`."""
        return names_file(value)

    def position(self, *location: str | int) -> Position:
        """Where a location stands, such as `("assets", "staging/orders", "sql")`; the nearest if it is not written."""
        return Position(self.path, *find(self.root, location))

    def in_environment(self, name: str | None) -> Blueprint:
        """The blueprint with an environment's overlay; None means as it stands.

        Raises:
            DagwayError: no environment has that name.
        """
        if name is None:
            return self.blueprint
        if name not in self.environments:
            known = ", ".join(sorted(self.environments))
            raise DagwayError(f"{self.path} has no environment {name!r}.", f"Use one of: {known}.")
        return self.environments[name]


def load(path: Path) -> LoadedBlueprint:
    """Read and check a blueprint.

    Raises:
        BlueprintErrors: every mistake in it.
    """
    return load_text(read(path), path)


def load_text(text: str, path: Path) -> LoadedBlueprint:
    """Check a blueprint's text as if it stood at `path`; the files that it names are read beside it.

    Raises:
        BlueprintErrors: every mistake in it.
    """
    page = Page(path, text)
    root = compose(page)
    folder = Folder(path.parent)
    if root:
        check_files(root, page, folder)
    blueprint = shape(root, page) if root else None
    environments = {name: shape(merged, page) for name, merged in _environments(root).items()} if root else {}
    if root is None or blueprint is None or page.mistakes:
        raise BlueprintErrors(page.masked())
    ready = {name: overlaid or blueprint for name, overlaid in environments.items()}
    return LoadedBlueprint(path, blueprint, {"demo": blueprint, **ready}, folder.texts, root, text)


def _environments(root: Mapping) -> dict[str, Mapping]:
    """Each environment's tree: the overlay merged over the rest."""
    entry = root.get("environments")
    if entry is None or not isinstance(entry.node, Mapping):
        return {}
    base = Mapping(root.line, root.column, {k: v for k, v in root.entries.items() if k != "environments"})
    return {
        name: merge(base, overlay.node)
        for name, overlay in entry.node.entries.items()
        if isinstance(overlay.node, Mapping) and not is_null(overlay.node)
    }
