"""Questions to the project's own warehouse, asked through its resource but not through its components."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from dagway.components.reading import ask_column
from dagway.components.source import FILE
from dagway.components.warehouse import Session, Warehouse, quoted
from dagway.prototype.model import Plan, slash

RESOURCE = "warehouse"


@dataclass(frozen=True)
class Tables:
    """The tables of the plan's assets; answers None where there is no warehouse or no such table.

    Attributes:
        names: asset → table.
        files: source table → the file on this machine that it is read from.
    """

    warehouse: Warehouse | None
    names: Mapping[str, str]
    files: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    @contextmanager
    def of(cls, repository: dg.RepositoryDefinition, plan: Plan | None) -> Generator[Tables]:
        """The tables behind the project's resource `warehouse`."""
        names = {slash(asset.key): asset.table for asset in plan.assets if asset.table} if plan else {}
        resource = repository.get_top_level_resources().get(RESOURCE)
        if resource is None:
            yield cls(None, names)
            return
        files = dict(_files(repository))
        with dg.build_resources({RESOURCE: resource}) as resources:
            opened: Any = getattr(resources, RESOURCE)
            yield cls(opened if isinstance(opened, Warehouse) else None, names, files)

    @contextmanager
    def _session(self, key: str) -> Generator[tuple[Session, str] | None]:
        table = self.names.get(key)
        if self.warehouse is None or table is None:
            yield None
            return
        with self.warehouse.session() as session:
            yield (session, table) if session.exists(table) else None

    def count(self, key: str) -> int | None:
        """The rows that the asset's table has now."""
        with self._session(key) as found:
            return int(found[0].scalar(f"select count(*) from {found[0].name(found[1])}")) if found else None

    def bounds(self, key: str, column: str) -> tuple[Any, Any] | None:
        """The smallest and largest value of a column; None for an empty table or one without that column."""
        found = self._asked(key, column, "select min({column}), max({column}) from {table}")
        return (found[0][0], found[0][1]) if found and found[0][0] is not None else None

    def values(self, key: str, column: str) -> list[Any]:
        """The distinct values of a column, without nulls."""
        query = "select distinct {column} from {table} where {column} is not null"
        return [row[0] for row in self._asked(key, column, query)]

    def _asked(self, key: str, column: str, question: str) -> list[tuple[Any, ...]]:
        """Of the file that a source reads, which may not be loaded yet; else of the table."""
        if key in self.files:
            return ask_column(self.files[key], column, question)
        with self._session(key) as found:
            if not found or column not in {name for name, _ in found[0].columns(found[1])}:
                return []
            session, table = found
            name = quoted(column, session.dialect)
            return session.rows(question.format(column=name, table=session.name(table)))


def _files(repository: dg.RepositoryDefinition) -> Iterator[tuple[str, str]]:
    for key in repository.asset_graph.get_all_asset_keys():
        file: Any = repository.asset_graph.get(key).metadata.get(FILE)
        if file is not None:
            yield key.to_user_string(), str(getattr(file, "value", file))
