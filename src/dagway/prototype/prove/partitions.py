"""Which partitions have data: asked of the tables upstream, so that a proof fills those and no empty ones."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from dagway.prototype.model import Plan, PlannedAsset, slash
from dagway.prototype.prove.groups import Group
from dagway.prototype.prove.warehouse import Tables

Bounds = tuple[datetime, datetime]


def with_data(
    group: Group,
    definition: dg.PartitionsDefinition[Any],
    instance: dg.DagsterInstance,
    plan: Plan | None,
    tables: Tables,
    now: datetime,
) -> Sequence[str]:
    """The partitions to fill, in order: of time, the complete ones between the first and the last row upstream.

    Where nothing upstream says which rows belong to a partition, all complete ones. Dynamic partitions: those added.
    """
    keys = list(definition.get_partition_keys(current_time=now, dynamic_partitions_store=instance))
    if not isinstance(definition, dg.TimeWindowPartitionsDefinition) or not keys:
        return keys
    zone = ZoneInfo(definition.timezone)
    found = [bounds for pair in _upstream(group, plan, tables) if (bounds := _moments(pair, zone))]
    if not found:
        return keys
    return within(definition, keys, min(low for low, _ in found), max(high for _, high in found))


def within(
    definition: dg.TimeWindowPartitionsDefinition, keys: Sequence[str], low: datetime, high: datetime
) -> Sequence[str]:
    """The keys, in order, whose windows reach from the first moment to the last; an end is not in its window."""
    first = bisect_right(keys, low, key=lambda key: definition.time_window_for_partition_key(key).end)
    last = bisect_right(keys, high, key=lambda key: definition.time_window_for_partition_key(key).start)
    return keys[first:last]


def _upstream(group: Group, plan: Plan | None, tables: Tables) -> Iterator[tuple[Any, Any]]:
    for asset in plan.assets if plan else ():
        if asset.incremental and dg.AssetKey(asset.key) in group.keys:
            columns = set(_columns_upstream(asset, asset.incremental))
            yield from (pair for key, column in columns if (pair := tables.bounds(key, column)))


def _columns_upstream(asset: PlannedAsset, column: str) -> Iterable[tuple[str, str]]:
    """The columns that the incremental column is made from; else those of the same name."""
    sources = [(slash(source.asset), source.column) for source in asset.lineage.get(column, ())]
    return sources or [(slash(dep), column) for dep in asset.deps]


def _moments(pair: tuple[Any, Any], zone: ZoneInfo) -> Bounds | None:
    low, high = (_moment(value, zone) for value in pair)
    return None if low is None or high is None else (low, high)


def _moment(value: Any, zone: ZoneInfo) -> datetime | None:
    """A value of a date, time or text column; a time without a zone is the partitions' wall clock."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    return datetime(value.year, value.month, value.day, tzinfo=zone) if isinstance(value, date) else None
