"""Columns that a blueprint names must be among those that the query gives, where the query lists them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dagway.blueprint.model import AcceptedValues, Asset, Check, Range, Relationship
from dagway.prototype.model import AssetKey, PlannedAsset, slash
from dagway.prototype.planning.scope import Location, Scope, meant
from dagway.sql import listed_columns

_Named = tuple[Location, AssetKey, str]


def check_columns(scope: Scope, assets: Sequence[PlannedAsset]) -> None:
    """Note every column of a check, of `incremental` or of `columns` that the asset's query does not give."""
    listed = {
        asset.key: columns
        for asset in assets
        if asset.sql is not None and (columns := listed_columns(asset.sql, scope.dialect)) is not None
    }
    known = {key: {column.lower() for column in columns} for key, columns in listed.items()}
    for location, key, column in _all(scope):
        if key in listed and column.lower() not in known[key]:
            given = ", ".join(listed[key][:10]) + (" and more" if len(listed[key]) > 10 else "")
            scope.mistake(
                location,
                f"the query of `{slash(key)}` gives no column `{column}`",
                meant(column, listed[key], f"it gives {given}"),
            )


def _all(scope: Scope) -> Iterator[_Named]:
    for written, asset in scope.blueprint.assets.items():
        key, location = tuple(written.split("/")), ("assets", written)
        yield from _of_asset(location, key, asset)
        yield from _of_checks(location, key, asset.checks)
    for name, source in scope.blueprint.sources.items():
        for table in source.tables:
            checks = source.table(table).checks
            yield from _of_checks(("sources", name, "tables", table), (name, table), checks)


def _of_asset(location: Location, key: AssetKey, asset: Asset) -> Iterator[_Named]:
    for column in asset.columns:
        yield (*location, "columns", column), key, column
    if asset.incremental:
        yield (*location, "incremental", "column"), key, asset.incremental.column


def _of_checks(location: Location, key: AssetKey, checks: Sequence[Check]) -> Iterator[_Named]:
    for number, check in enumerate(checks):
        at: Location = (*location, "checks", number, check.kind)
        for place, column in enumerate((*(check.unique or ()), *(check.not_null or ()))):
            yield (*at, place), key, column
        for column in check.table_schema or ():
            yield (*at, column), key, column
        if isinstance(check.value, AcceptedValues | Range | Relationship):
            yield (*at, "column"), key, check.value.column
        if check.relationship:
            to = tuple(check.relationship.to.split("/"))
            word = "to_column" if check.relationship.to_column else "column"
            yield (*at, word), to, check.relationship.to_column or check.relationship.column
