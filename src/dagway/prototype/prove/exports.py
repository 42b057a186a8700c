"""Reads exports back without the component that wrote them, and counts their rows; of a sync, takes the tool's count."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from dagway.catalog import catalog
from dagway.components.database import Database
from dagway.components.environment import is_demo
from dagway.components.object_store import SCHEMES
from dagway.errors import DagwayError
from dagway.prototype.model import Plan, PlannedAsset, slash
from dagway.prototype.prove.model import AssetEvidence, ExportEvidence
from dagway.prototype.prove.warehouse import Tables

#: No line of a CSV file is longer; DuckDB's own limit is two megabytes, which one long text exceeds.
LONGEST_LINE = 100_000_000


def read_back(
    plan: Plan | None,
    assets: Sequence[AssetEvidence],
    tables: Tables,
    repository: dg.RepositoryDefinition,
) -> tuple[ExportEvidence, ...]:
    """Each export of the plan that was materialized, read from where its materialization says that it is."""
    exported = {slash(item.key): item for item in plan.assets if item.role == "export"} if plan else {}
    rows = {asset.key: asset.rows for asset in assets}
    found: list[ExportEvidence] = []
    for asset in assets:
        if asset.key in exported and asset.materialized:
            source = slash(exported[asset.key].deps[0])
            counted = tables.count(source)
            upstream = rows.get(source) if counted is None else counted
            tool = _tool(exported[asset.key])
            found.append(_told(asset, upstream, tool) if tool else _read(asset, upstream, repository))
    return tuple(found)


def _tool(planned: PlannedAsset) -> str | None:
    """The tool whose sync the export is: what it wrote lies in an application, where nothing here can read it."""
    integration = catalog().get(planned.integration)
    return integration.title if integration and integration.runs_syncs else None


def _told(asset: AssetEvidence, upstream: int | None, tool: str) -> ExportEvidence:
    return ExportEvidence(asset.key, asset.location or tool, asset.rows, upstream, 0.0, counted_by=tool)


def _read(asset: AssetEvidence, upstream: int | None, repository: dg.RepositoryDefinition) -> ExportEvidence:
    started = time.perf_counter()
    location = asset.location or ""
    rows, error = None, None
    try:
        rows = _count(asset, repository)
    # Stores, drivers and formats raise their own errors: each means that the export cannot be read.
    except Exception as problem:
        error = f"{type(problem).__name__}: {str(problem).strip().splitlines()[0] if str(problem).strip() else ''}"
    return ExportEvidence(asset.key, location, rows, upstream, round(time.perf_counter() - started, 3), error)


def _count(asset: AssetEvidence, repository: dg.RepositoryDefinition) -> int:
    if asset.location is None:
        raise DagwayError(
            "Its materialization does not say where it is.", "Record the metadata `path` or `location`."
        )
    scheme, found, _ = asset.location.partition("://")
    if found and scheme != "file" and scheme not in SCHEMES:
        return count_table(asset.key, asset.location, repository)
    return count_rows(asset.location, asset.format)


def count_table(key: str, location: str, repository: dg.RepositoryDefinition) -> int:
    """The rows of a table of another database, asked through the resource that the export takes.

    Args:
        location: the database's address without its password, then the table.

    Raises:
        DagwayError: no resource of the export leads there, or the table cannot be read.
    """
    address, _, table = location.rpartition("/")
    if is_demo():  # every database is then one file, for which no resource is needed
        return Database(url=address).count(table)
    definition = repository.assets_defs_by_key[dg.AssetKey.from_user_string(key)]
    known = repository.get_top_level_resources()
    for name in sorted(definition.required_resource_keys & known.keys()):
        with dg.build_resources({name: known[name]}) as resources:
            database: Any = getattr(resources, name)
            if isinstance(database, Database) and database.masked == address:
                return database.count(table)
    raise DagwayError(f"{key} takes no database of the address {address}.", "Check its resource.")


def count_rows(location: str, file_format: str | None = None) -> int:
    """The rows of the Parquet or CSV file at an address or a path.

    Args:
        file_format: what the export says that it is; the address's ending if it says nothing.

    Raises:
        ValueError: another format.
        Exception: whatever the store raises when there is no such object.
    """
    ending = file_format or location.rpartition(".")[2].lower()
    if ending not in ("parquet", "csv"):
        raise ValueError(f"{location} is neither Parquet nor CSV")
    import duckdb

    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        file = str(_local(location, Path(folder))).replace("'", "''")
        # Given, not found out: a text may hold line breaks and semicolons, and a null alone is an empty line.
        written = f"header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"', max_line_size = {LONGEST_LINE}"
        read = f"read_parquet('{file}')" if ending == "parquet" else f"read_csv('{file}', {written})"
        return int(connection.execute(f"select count(*) from {read}").fetchall()[0][0])


def _local(location: str, folder: Path) -> Path:
    """The file itself, or a copy of the object."""
    scheme, found, rest = location.partition("://")
    if not found:
        return Path(location)
    import obstore

    bucket, _, key = rest.partition("/")
    file = folder / "object"
    with file.open("wb") as out:
        for chunk in obstore.get(_store(scheme, bucket), key).stream():
            out.write(chunk)
    return file


def _store(scheme: str, bucket: str) -> Any:
    """The bucket: in demo mode every store is the local S3 server; else what the environment's settings reach."""
    from obstore.store import S3Store, from_url

    if address := os.environ.get("DAGWAY_DEMO_S3_URL"):
        return S3Store(
            bucket,
            endpoint=address,
            access_key_id="demo",
            secret_access_key="demo",  # noqa: S106  the local server takes any
            region="us-east-1",
            virtual_hosted_style_request=False,
            client_options={"allow_http": True},
        )
    return from_url(f"{scheme}://{bucket}", client_options={"allow_http": True})
