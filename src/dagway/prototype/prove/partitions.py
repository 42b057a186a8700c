"""Which partitions have data: asked of the tables upstream, so that a proof fills those and no empty ones."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from dagway.prototype.model import AssetKey, Plan, PlannedAsset, slash
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

    Where nothing upstream says which rows belong to a partition, all complete ones. Dynamic partitions: those added, and one
    for each value upstream, which is added.
    """
    if isinstance(definition, dg.DynamicPartitionsDefinition) and definition.name:
        names = {str(value) for place in _upstream(group, plan) for value in tables.values(*place)}
        instance.add_dynamic_partitions(definition.name, sorted(names))
    keys = list(definition.get_partition_keys(current_time=now, dynamic_partitions_store=instance))
    if not isinstance(definition, dg.TimeWindowPartitionsDefinition) or not keys:
        return keys
    zone = ZoneInfo(definition.timezone)
    pairs = [pair for place in _upstream(group, plan) if (pair := tables.bounds(*place))]
    found = [bounds for pair in pairs if (bounds := _moments(pair, zone))]
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


def _upstream(group: Group, plan: Plan | None) -> Iterator[tuple[str, str]]:
    """The columns that tell parts apart, in each table that a partitioned asset of the group is made from."""
    by_key = {asset.key: asset for asset in plan.assets} if plan else {}
    for asset in by_key.values():
        if asset.incremental and dg.AssetKey(asset.key) in group.keys:
            yield from set(_columns_upstream(asset, asset.incremental, by_key))


def _columns_upstream(
    asset: PlannedAsset, column: str, by_key: Mapping[AssetKey, PlannedAsset]
) -> Iterator[tuple[str, str]]:
    """The columns that the incremental column is made from; else those of the same name, and what tells the parts of what is
    upstream. A source is asked itself.
    """
    if asset.role == "source":
        yield slash(asset.key), column
    elif sources := asset.lineage.get(column):
        yield from ((slash(source.asset), source.column) for source in sources)
    else:
        for dep in asset.deps:
            yield slash(dep), column
            own = by_key[dep].incremental if dep in by_key else None
            if own and asset.partitions == by_key[dep].partitions:
                yield slash(dep), own


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
