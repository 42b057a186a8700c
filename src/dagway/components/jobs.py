"""Jobs of selected assets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

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
    return dg.define_asset_job(name, selected(selection, name), description=description, tags=tags)


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
