"""Questions to the project's own warehouse, asked through its resource but not through its components."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import dagster as dg

from dagway.components.warehouse import Session, Warehouse, quoted
from dagway.prototype.model import Plan, slash

RESOURCE = "warehouse"


@dataclass(frozen=True)
class Tables:
    """The tables of the plan's assets; answers None where there is no warehouse or no such table."""

    warehouse: Warehouse | None
    names: Mapping[str, str]

    @classmethod
    @contextmanager
    def of(cls, repository: dg.RepositoryDefinition, plan: Plan | None) -> Generator[Tables]:
        """The tables behind the project's resource `warehouse`."""
        names = {slash(asset.key): asset.table for asset in plan.assets if asset.table} if plan else {}
        resource = repository.get_top_level_resources().get(RESOURCE)
        if resource is None:
            yield cls(None, names)
            return
        with dg.build_resources({RESOURCE: resource}) as resources:
            opened: Any = getattr(resources, RESOURCE)
            yield cls(opened if isinstance(opened, Warehouse) else None, names)

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

    def exported(self, table: str | None) -> int | None:
        """The rows of a table that is no asset's own, by its name."""
        if self.warehouse is None or table is None:
            return None
        with self.warehouse.session() as session:
            return int(session.scalar(f"select count(*) from {session.name(table)}"))

    def bounds(self, key: str, column: str) -> tuple[Any, Any] | None:
        """The smallest and largest value of a column; None for an empty table or one without that column."""
        with self._session(key) as found:
            if not found or column not in {name for name, _ in found[0].columns(found[1])}:
                return None
            session, table = found
            name = quoted(column, session.dialect)
            ((low, high),) = session.rows(f"select min({name}), max({name}) from {session.name(table)}")
            return None if low is None else (low, high)
