"""A blueprint from its file: read, checked as a whole, with every mistake found at once.

Loading runs no code, opens no connection and reads no file outside the blueprint's folder.
"""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, field, replace
from pathlib import Path

from dagway.blueprint.composer import compose
from dagway.blueprint.demo_columns import demo_columns
from dagway.blueprint.files import Folder, names_file
from dagway.blueprint.mistake import BlueprintErrors, Mistake, Position
from dagway.blueprint.model import Blueprint
from dagway.blueprint.overlays import overlaid
from dagway.blueprint.page import Page, read
from dagway.blueprint.rules import check_rules
from dagway.blueprint.rules_addresses import check_addresses
from dagway.blueprint.rules_files import check_files
from dagway.blueprint.rules_names import check_names
from dagway.blueprint.rules_project import check_project_names
from dagway.blueprint.rules_sql import check_queries, dialect_of
from dagway.blueprint.rules_warehouse import check_warehouse_settings
from dagway.blueprint.secrets import check_secrets
from dagway.blueprint.shape import find, shape
from dagway.blueprint.tree import Mapping
from dagway.errors import DagwayError

__all__ = [
    "BlueprintErrors",
    "Examined",
    "LoadedBlueprint",
    "Mistake",
    "Position",
    "examine",
    "load",
    "load_text",
]


@dataclass(frozen=True)
class LoadedBlueprint:
    """A blueprint without mistakes.

    Attributes:
        blueprint: as it stands, without an overlay.
        environments: every named environment with its overlay applied; always has `demo`.
        files: text of every .sql and .py file that the blueprint names, by the relative path as written.
        demo_columns: source and table → names of columns, as demo files have them, where `columns` is left out.
        text: the file's own text, so that later mistakes can quote its lines.
        trees: the file's tree with each overlay applied, so that a mistake in an overlay is named in it.
    """

    path: Path
    blueprint: Blueprint
    environments: Map[str, Blueprint]
    files: Map[str, str]
    root: Mapping = field(repr=False, compare=False)
    text: str = field(default="", repr=False, compare=False)
    trees: Map[str, Mapping] = field(default_factory=dict[str, Mapping], repr=False, compare=False)
    demo_columns: Map[tuple[str, str], tuple[str, ...]] = field(
        default_factory=dict[tuple[str, str], tuple[str, ...]]
    )

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


@dataclass(frozen=True)
class Examined:
    """What a blueprint's text holds, and what is wrong with it.

    Attributes:
        loaded: the blueprint, where each part has its shape: then its lines can be put together, and what is wrong between them be
            found as well, whatever else is.
    """

    loaded: LoadedBlueprint | None
    mistakes: tuple[Mistake, ...]


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
    found = examine(text, path)
    if found.loaded is None or found.mistakes:
        raise BlueprintErrors(found.mistakes)
    return found.loaded


def examine(text: str, path: Path) -> Examined:
    """As `load_text`, without raising."""
    page = Page(path, text)
    folder = Folder(path.parent)
    root = compose(page)
    if root is None:
        return Examined(None, tuple(page.masked()))
    check_secrets(root, page)
    dialect = dialect_of(root)
    blueprint = _checked(root, page, folder, dialect)
    check_warehouse_settings(root, page)
    trees = overlaid(root, page)
    environments = {name: _environment(name, tree, page, folder, dialect) for name, tree in trees.items()}
    mistakes = tuple(page.masked())
    ready = {name: found for name, found in environments.items() if found}
    if blueprint is None or len(ready) < len(trees):
        return Examined(None, mistakes)
    empty = dict.fromkeys(blueprint.environments, blueprint)
    known = {"demo": blueprint, **empty, **ready}
    columns = demo_columns(blueprint, folder)
    return Examined(
        LoadedBlueprint(path, blueprint, known, folder.texts, root, text, trees, columns), mistakes
    )


def _checked(root: Mapping, page: Page, folder: Folder, dialect: str) -> Blueprint | None:
    """The blueprint of a tree, if each part has its shape; every mistake is noted on the page."""
    blueprint = shape(root, page, Blueprint)
    check_rules(root, page)
    check_names(root, page)
    check_project_names(root, page)
    check_addresses(root, page)
    check_files(root, page, folder)
    for file in check_queries(root, page, folder, dialect):
        page.mistakes += file.masked()
    return blueprint


def _environment(name: str, tree: Mapping, page: Page, folder: Folder, dialect: str) -> Blueprint | None:
    """As `_checked`; what is wrong only in this environment is said so."""
    own = Page(page.path, page.text)
    blueprint = _checked(tree, own, folder, dialect)
    known = set(page.mistakes)
    page.mistakes += [
        replace(mistake, message=f"in the environment `{name}`: {mistake.message}")
        for mistake in own.mistakes
        if mistake not in known
    ]
    return blueprint
