"""Columns and lineage, carried from the sources through every query in the order of building, and on to what leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dagway.prototype.model import AssetKey, Column, ColumnSource, PlannedAsset
from dagway.sql import Described, describe

_WHOLE_TABLES = ("ObjectExport", "TableExport")
"""Exports that write every column of their table; a sync maps fields at its vendor, where nobody here sees them."""
Schemas = dict[AssetKey, Mapping[str, str | None]]


@dataclass(frozen=True)
class KnownColumns:
    """The columns of one table and, for a query, where each comes from.

    Attributes:
        all: whether they are all that the table has.
        absent: what the query reads although its table does not have it.
    """

    columns: tuple[Column, ...]
    lineage: Mapping[str, tuple[ColumnSource, ...]]
    all: bool = False
    absent: tuple[ColumnSource, ...] = ()


def known_columns(ordered: Sequence[PlannedAsset], dialect: str) -> dict[AssetKey, KnownColumns]:
    """The columns of every asset, queries with column lineage; what cannot be told stays unknown."""
    schemas: Schemas = {}
    found: dict[AssetKey, KnownColumns] = {}
    for asset in ordered:
        known = _left(asset, found) or _without_absent(_known(asset, dialect, schemas), found)
        found[asset.key] = known
        schemas[asset.key] = {column.name: column.type for column in known.columns}
    return found


def _left(asset: PlannedAsset, found: Mapping[AssetKey, KnownColumns]) -> KnownColumns | None:
    """The columns of an export: those of the table that it writes."""
    if asset.role != "export" or not (asset.component or "").endswith(_WHOLE_TABLES) or not asset.deps:
        return None
    source = asset.deps[0]
    columns = found[source].columns if source in found else ()
    return KnownColumns(columns, {column.name: (ColumnSource(source, column.name),) for column in columns})


def _known(asset: PlannedAsset, dialect: str, schemas: Schemas) -> KnownColumns:
    if asset.sql is None:
        return KnownColumns(_declared(asset, {}), {})
    described = describe(asset.sql, dialect, {dep: schemas[dep] for dep in asset.deps if dep in schemas})
    # Some of the columns would be taken for all of them, here and by what reads the table.
    is_told = described.complete or asset.columns
    columns = _declared(asset, described.columns if is_told else {})
    return KnownColumns(columns, _lineage(described), described.complete)


def _without_absent(known: KnownColumns, found: Mapping[AssetKey, KnownColumns]) -> KnownColumns:
    """A column comes from none that a query upstream does not give."""

    def is_there(source: ColumnSource) -> bool:
        above = found.get(source.asset)
        return (
            above is None
            or not above.all
            or source.column.lower() in {column.name.lower() for column in above.columns}
        )

    sources = {source for several in known.lineage.values() for source in several}
    absent = tuple(
        sorted((one for one in sources if not is_there(one)), key=lambda one: (one.asset, one.column))
    )
    if not absent:
        return known
    lineage = {
        name: tuple(one for one in several if one not in absent) for name, several in known.lineage.items()
    }
    return replace(
        known, lineage={name: several for name, several in lineage.items() if several}, absent=absent
    )


def _declared(asset: PlannedAsset, inferred: Mapping[str, str | None]) -> tuple[Column, ...]:
    """What is declared adds to what is inferred, and a declared type wins."""
    columns = {name: Column(name, kind) for name, kind in inferred.items()}
    for column in (*_checked(asset), *asset.columns):
        before = columns.get(column.name, column)
        columns[column.name] = replace(column, type=column.type or before.type)
    return tuple(columns.values())


def _checked(asset: PlannedAsset) -> list[Column]:
    """A check of the schema says types as well."""
    return [
        Column(name, kind)
        for check in asset.checks
        if check.kind == "schema"
        for name, kind in check.value.items()
    ]


def _lineage(described: Described) -> dict[str, tuple[ColumnSource, ...]]:
    return {
        name: tuple(ColumnSource(key, column) for key, column in sources)
        for name, sources in described.lineage.items()
        if sources
    }
