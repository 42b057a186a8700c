"""Reads exports back without the component that wrote them, and counts their rows; of a sync, takes the tool's count."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dagway.catalog import catalog
from dagway.prototype.model import Plan, PlannedAsset, slash
from dagway.prototype.prove.model import AssetEvidence, ExportEvidence
from dagway.prototype.prove.warehouse import Tables


def read_back(
    plan: Plan | None, assets: Sequence[AssetEvidence], tables: Tables
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
            found.append(_told(asset, upstream, tool) if tool else _read(asset, upstream, tables))
    return tuple(found)


def _tool(planned: PlannedAsset) -> str | None:
    """The tool whose sync the export is: what it wrote lies in an application, where nothing here can read it."""
    integration = catalog().get(planned.integration)
    return integration.title if integration and integration.runs_syncs else None


def _told(asset: AssetEvidence, upstream: int | None, tool: str) -> ExportEvidence:
    return ExportEvidence(asset.key, asset.location or tool, asset.rows, upstream, 0.0, counted_by=tool)


def _read(asset: AssetEvidence, upstream: int | None, tables: Tables) -> ExportEvidence:
    started = time.perf_counter()
    location = asset.location or asset.table or ""
    rows, error = None, None
    try:
        rows = tables.exported(asset.table) if asset.location is None else count_rows(location)
    # Stores, drivers and formats raise their own errors: each means that the export cannot be read.
    except Exception as problem:
        error = f"{type(problem).__name__}: {str(problem).strip().splitlines()[0] if str(problem).strip() else ''}"
    return ExportEvidence(asset.key, location, rows, upstream, round(time.perf_counter() - started, 3), error)


def count_rows(location: str) -> int:
    """The rows of the Parquet or CSV file at an address or a path.

    Raises:
        ValueError: another format.
        Exception: whatever the store raises when there is no such object.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = _local(location, Path(folder))
        ending = location.rpartition(".")[2].lower()
        if ending == "parquet":
            import pyarrow.parquet as pq

            return pq.ParquetFile(file).metadata.num_rows
        if ending == "csv":
            import pyarrow.csv as pa_csv

            return int(pa_csv.read_csv(file).num_rows)
    raise ValueError(f"{location} is neither Parquet nor CSV")


def _local(location: str, folder: Path) -> Path:
    """The file itself, or a copy of the object."""
    scheme, found, rest = location.partition("://")
    if not found:
        return Path(location)
    import obstore

    bucket, _, key = rest.partition("/")
    file = folder / "object"
    file.write_bytes(obstore.get(_store(scheme, bucket), key).bytes())
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
