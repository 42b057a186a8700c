"""A run of nothing in a throw-away instance: what Dagster imports and compiles at the first run is there for all others."""

from __future__ import annotations

import tempfile
from pathlib import Path

import dagster as dg
from dagster._core.instance.ref import InstanceRef

_SILENT = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def rehearse() -> None:
    """Takes about a second; leaves nothing behind but what is in memory."""

    @dg.asset
    def nothing() -> None: ...

    @dg.asset_check(asset=nothing)
    def nothing_is_there() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True)

    with tempfile.TemporaryDirectory() as folder:
        # Without it Dagster warns of a home that has none, and people take that for their own.
        (Path(folder) / "dagster.yaml").touch()
        reference = InstanceRef.from_dir(folder, overrides={"telemetry": {"enabled": False}})
        with dg.DagsterInstance.from_ref(reference) as instance:
            dg.materialize([nothing, nothing_is_there], instance=instance, run_config=_SILENT)


def open_once(instance: dg.DagsterInstance) -> None:
    """Asks the real instance what each run asks first, so that the questions are compiled."""
    unknown = "00000000-0000-0000-0000-000000000000"
    instance.get_run_by_id(unknown)
    instance.get_asset_records([dg.AssetKey(["dagway"])])
