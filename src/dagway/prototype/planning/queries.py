"""SQL assets: what a query reads, with every mistake in it at its own line."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from dagway.blueprint.model import Asset, Check
from dagway.prototype.model import AssetKey, PlannedAsset, slash
from dagway.prototype.planning.checks import planned_checks
from dagway.prototype.planning.common import (
    UNDECIDED,
    columns_of,
    incremental_of,
    keys_together,
    kinds_of,
    partitions_of,
    together,
)
from dagway.prototype.planning.naming import naming
from dagway.prototype.planning.scope import Location, Scope
from dagway.sql import Reference, references, table_name

REASON = "the logic is SQL: a declarative component runs the query, and parsing it gives dependencies and column lineage"


def plan_query(scope: Scope, key: AssetKey, asset: Asset, written: str) -> PlannedAsset:
    """The asset of a query. `written` is the query, or the `.sql` file that holds it."""
    location: Location = ("assets", slash(key), "sql")
    query = scope.query(written)
    checks = planned_checks(asset.checks)
    read_checks(scope, asset.checks, ("assets", slash(key)))
    return PlannedAsset(
        key=key,
        role="sql",
        how="component",
        component="dagway.components.SqlModel",
        reason=REASON,
        integration=scope.warehouse,
        alternatives=("dagster.TemplatedSqlComponent", "dbt"),
        naming=naming(key),
        description=asset.description or "",
        group=asset.group or key[0],
        owners=together(scope.blueprint.owners, asset.owners),
        tags={**scope.blueprint.tags, **asset.tags},
        kinds=kinds_of(asset.kinds, ("sql", scope.warehouse)),
        automation=UNDECIDED,
        table=table_name(key),
        deps=keys_together(_tables_read(scope, key, written, location), declared_deps(asset)),
        columns=columns_of(asset.columns),
        checks=checks,
        partitions=partitions_of(asset.partitions),
        incremental=incremental_of(asset.incremental),
        freshness=asset.freshness,
        sql=query,
        meets=asset.meets,
    )


def declared_deps(asset: Asset) -> tuple[AssetKey, ...]:
    """The upstream assets that `deps` names."""
    return tuple(tuple(written.split("/")) for written in asset.deps)


def _tables_read(scope: Scope, key: AssetKey, written: str, location: Location) -> tuple[AssetKey, ...]:
    """The keys of the tables that an asset's query reads; a table that does not exist, and its own, is a mistake."""
    known = _meanings(scope, written, location, key)
    for reference, read in known:
        if read == key:
            scope.mistake_in_sql(
                location,
                written,
                (reference.line, reference.column),
                f"`{slash(key)}` reads its own table",
                "read what it is made from; for rows that are kept from run to run use `incremental`",
            )
    return keys_together([read for _, read in known if read != key])


def read_checks(scope: Scope, checks: Sequence[Check], location: Location) -> None:
    """A check's query may read any table; one that does not exist is a mistake at its line."""
    for number, check in enumerate(checks):
        if check.sql is not None:
            _meanings(scope, check.sql, (*location, "checks", number, "sql"), None)


def _meanings(
    scope: Scope, written: str, location: Location, reader: AssetKey | None
) -> list[tuple[Reference, AssetKey]]:
    """Each table that a query names, with its key; one that does not exist is a mistake."""
    known: list[tuple[Reference, AssetKey]] = []
    query = scope.query(written)
    for reference in references(query, scope.dialect) if query is not None else ():
        read = _key(scope, reference)
        if read is None:
            _refuse(scope, location, written, reference, reader)
        else:
            known.append((reference, read))
    return known


def _key(scope: Scope, reference: Reference) -> AssetKey | None:
    if reference.catalog or not reference.schema:
        return None
    return scope.tables.get(f"{reference.schema}.{reference.name}")


def _refuse(
    scope: Scope, location: Location, written: str, reference: Reference, reader: AssetKey | None
) -> None:
    message, remedy = _unknown(scope, reference, reader)
    scope.mistake_in_sql(location, written, (reference.line, reference.column), message, remedy)


def _unknown(scope: Scope, reference: Reference, reader: AssetKey | None) -> tuple[str, str]:
    """What is wrong with the name of a table, and what to write."""
    text, joined = reference.text, f"{reference.catalog}__{reference.schema}.{reference.name}"
    if reference.catalog and joined in scope.tables:
        return f"`{text}` has three parts, and a table has two", f"write `{joined}`"
    if not reference.schema:
        return _without_schema(scope, reference.name, reader)
    near = get_close_matches(text.lower(), [name.lower() for name in scope.tables], n=1, cutoff=0.6)
    named = next((name for name in scope.tables if near and name.lower() == near[0]), None)
    return (
        f"no source and no asset has the table `{text}`",
        f"did you mean `{named}`?"
        if named
        else "name a table by its asset's key: `staging/orders` is `staging.orders`",
    )


def _without_schema(scope: Scope, name: str, reader: AssetKey | None) -> tuple[str, str]:
    ending = [
        table for table, key in scope.tables.items() if key != reader and key[-1].lower() == name.lower()
    ]
    remedy = (
        f"write {' or '.join(f'`{table}`' for table in ending)}"
        if ending
        else "write schema and table, such as `staging.orders`"
    )
    if name.lower().endswith((".csv", ".parquet", ".json", ".jsonl")):
        remedy = "make the file a table of a source, and read that"
    return f"the table `{name}` has no schema", remedy
