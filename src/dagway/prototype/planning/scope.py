"""What every part of the plan looks things up in, and where mistakes are noted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from dagway.blueprint.load import LoadedBlueprint
from dagway.blueprint.mistake import Mistake
from dagway.blueprint.model import Blueprint
from dagway.blueprint.page import Page
from dagway.blueprint.shape import find
from dagway.blueprint.tree import Mapping
from dagway.catalog import Integration, Role, catalog
from dagway.prototype.model import AssetKey
from dagway.prototype.planning.place import place_in_sql
from dagway.sql import SqlError, references, table_name

Location = tuple[str | int, ...]
ENGINES = ("duckdb", "postgres", "snowflake")
"""The warehouses that are built; each is also the name of its SQL dialect."""


@dataclass
class Scope:
    """One blueprint in one environment, while it is planned.

    Attributes:
        blueprint: with the environment's overlay.
        root: the blueprint's tree with it, so that a mistake in an overlay is named there.
        pages: the files in which mistakes were found; `plan` raises all of them at once.
    """

    loaded: LoadedBlueprint
    blueprint: Blueprint
    root: Mapping
    pages: dict[Path, Page] = field(default_factory=dict[Path, Page])

    @classmethod
    def of(cls, loaded: LoadedBlueprint, environment: str | None) -> Scope:
        """A blueprint with an environment's overlay; None means as it stands.

        Raises:
            DagwayError: no environment has that name.
        """
        blueprint = loaded.in_environment(environment)
        return cls(loaded, blueprint, loaded.trees.get(environment or "", loaded.root))

    @property
    def mistakes(self) -> list[Mistake]:
        """All that was found so far, secrets masked."""
        return [mistake for page in self.pages.values() for mistake in page.masked()]

    @cached_property
    def keys(self) -> dict[AssetKey, Location]:
        """Every table, with its place in the blueprint. Exports are no tables."""
        sources = {
            (source, table): ("sources", source, "tables")
            for source, said in self.blueprint.sources.items()
            for table in said.tables
        }
        assets: dict[AssetKey, Location] = {
            tuple(key.split("/")): ("assets", key) for key in self.blueprint.assets
        }
        return {**sources, **assets}

    @cached_property
    def tables(self) -> dict[str, AssetKey]:
        """Keys by the name that a query uses."""
        return {table_name(key): key for key in self.keys}

    @cached_property
    def names(self) -> dict[str, list[AssetKey]]:
        """Keys by what a Python parameter can be called: the last segment, or all of them joined."""
        found: dict[str, list[AssetKey]] = {}
        for key in self.keys:
            for name in (key[-1], "_".join(key)):
                found.setdefault(name, []).append(key)
        return found

    @cached_property
    def resources(self) -> frozenset[str]:
        """Names of the resources that the project has."""
        return frozenset({"warehouse", *self.blueprint.sources})

    @cached_property
    def dialect(self) -> str:
        """The words that queries are written in: those of the warehouse without any environment."""
        return self._engine(self.loaded.blueprint, self.loaded.root)

    @cached_property
    def warehouse(self) -> str:
        """The integration of the warehouse in this environment."""
        return self._engine(self.blueprint, self.root)

    def _engine(self, blueprint: Blueprint, root: Mapping) -> str:
        """The warehouse's integration; where it cannot be built, a mistake is noted and the default returned."""
        named = blueprint.warehouse.integration
        if named in ENGINES:
            return named
        found = catalog().get(named)
        message, remedy = (
            _other_name(named, found)
            if found and found.name in ENGINES
            else (
                f"`{named}` is no warehouse that can be built",
                f"write {', '.join(ENGINES[:-1])} or {ENGINES[-1]}",
            )
        )
        place = find(root, ("warehouse", "integration"))
        self._page(self.loaded.path, self.loaded.text).mistake(place, message, remedy)
        return ENGINES[0]

    def integration(self, name: str, role: Role, *location: str | int) -> Integration | None:
        """The integration of a name; a mistake is noted if there is none, or if that is not its own name."""
        found = catalog().get(name)
        if found and found.name != name:
            self.mistake(location, *_other_name(name, found))
        if not found:
            served = ", ".join(one.name for one in catalog().serving(role) if role in one.dagway)
            near = catalog().nearest(name)
            self.mistake(
                location,
                f"the catalogue has no integration `{name}`",
                f"did you mean `{near}`?" if near else f"write one of {served}",
            )
        return found

    def query(self, written: str) -> str | None:
        """The text of a query, inline or from its file; None where it cannot be read, which reading the blueprint has told."""
        try:
            text = self.loaded.sql_text(written)
            references(text, self.dialect)
        except (KeyError, SqlError):
            return None
        return text

    def mistake(self, location: Location, message: str, remedy: str) -> None:
        """Note a mistake at a place in the blueprint."""
        self._page(self.loaded.path, self.loaded.text).mistake(find(self.root, location), message, remedy)

    def mistake_in_file(self, path: str, at: tuple[int, int], message: str, remedy: str) -> None:
        """Note a mistake in a file beside the blueprint."""
        page = self._page(self.loaded.path.parent / path, self.loaded.files.get(path, ""))
        page.mistake(at, message, remedy)

    def mistake_in_sql(
        self, location: Location, written: str, at: tuple[int, int], message: str, remedy: str
    ) -> None:
        """Note a mistake at line and column of a query, wherever the query stands."""
        if self.loaded.is_file(written):
            self.mistake_in_file(written.strip(), at, message, remedy)
            return
        place = place_in_sql(self.root, self.loaded.text, location, at)
        self._page(self.loaded.path, self.loaded.text).mistake(place, message, remedy)

    def _page(self, path: Path, text: str) -> Page:
        return self.pages.setdefault(path, Page(path, text))


def _other_name(name: str, found: Integration) -> tuple[str, str]:
    """What is wrong with one of an integration's other names, and what to write: what is built looks for the one."""
    return f"{found.title} is called `{found.name}` here, not `{name}`", f"write `{found.name}`"


def meant(name: str, known: Iterable[str], otherwise: str) -> str:
    """The remedy for a name that is unknown: the nearest known one, or what to do instead."""
    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near else otherwise
