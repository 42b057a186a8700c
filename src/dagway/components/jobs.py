"""Jobs of selected assets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, cast

import dagster as dg

from dagway._dagster.non_empty_selection import NonEmptySelection
from dagway.components.selection import translate
from dagway.errors import DagwayError


def selected(text: str, where: str) -> dg.AssetSelection:
    """The assets of a selection; that none is selected is an error when the definitions load.

    Raises:
        DagwayError: the text is no selection.
    """
    try:
        found = dg.AssetSelection.from_string(translate(text))
    except (ValueError, dg.DagsterError) as error:
        raise DagwayError(
            f"{where}: {text!r} is no selection: {error}", 'Write, for example, tag:"domain"="sales".'
        ) from error
    return NonEmptySelection(selection=found, text=text, where=where)


def asset_job(
    name: str, selection: str, description: str | None = None, tags: Mapping[str, str] | None = None
) -> Any:
    """A job of the selected assets and their checks."""
    define = cast("Any", dg).define_asset_job  # its type is partly open
    return define(name, selected(selection, name), description=description, tags=tags)


def partition_keys(
    job: dg.JobDefinition, now: datetime, instance: Callable[[], dg.DagsterInstance]
) -> list[str] | None:
    """What a run at this time is for: the last complete time partition, or every named one; None for no partitions."""
    partitions = job.partitions_def
    if partitions is None:
        return None
    if isinstance(partitions, dg.TimeWindowPartitionsDefinition):
        return list(partitions.get_partition_keys(current_time=now)[-1:])
    return list(partitions.get_partition_keys(current_time=now, dynamic_partitions_store=instance()))


def requests(
    context: dg.SensorEvaluationContext, job: str, run_key: str, partition: str | None = None
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Runs of a job at a sensor's look: of partitioned assets, the given partition or else as at a schedule's tick."""
    if context.repository_def is None:
        raise DagwayError(f"The job {job} is not loaded.", "Reload the definitions.")
    definition = context.repository_def.get_job(job)
    keys = partition_keys(definition, datetime.now(UTC), lambda: context.instance)
    if keys is None:
        yield dg.RunRequest(run_key=run_key)
        return
    if partition is not None and definition.partitions_def is not None:
        keys = [partition]
    if not keys:
        yield dg.SkipReason("No partition is complete yet.")
    yield from (dg.RunRequest(run_key=f"{run_key}:{key}", partition_key=key) for key in keys)
