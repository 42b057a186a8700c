"""Whether the online store serves what the offline store has. Runs in Feast's own process."""

# Feast publishes no types that hold, pyarrow's leave parts open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from dagway.components.feast.materialize import feature_view, is_plain, pulled

SHOWN = 5


@dataclass(frozen=True)
class Agreement:
    """How values of entities compare, each the newest of the windows that were materialized.

    Attributes:
        entities: how many there are offline.
        compared: how many of them were looked up online.
        missing: of these, how many are not online.
        different: of these, how many have another value online.
        sample: entity, feature, offline and online value of some that differ.
        skipped: why nothing was compared.
    """

    entities: int = 0
    compared: int = 0
    missing: int = 0
    different: int = 0
    sample: Sequence[Sequence[str]] = field(default_factory=list[list[str]])
    skipped: str = ""


def compare(store: Any, name: str, rows: int) -> Agreement:
    """Compare the values of so many entities, chosen by chance."""
    from feast.utils import _convert_arrow_to_proto  # pyright: ignore[reportPrivateUsage]  what Feast's engines use

    view = feature_view(store, name)
    if not is_plain(store, view):
        return Agreement(skipped="Feast computes its values while it materializes.")
    if not view.materialization_intervals:
        return Agreement(skipped="Nothing was materialized yet.")
    table = _materialized(store, view)
    # The same entities as long as the data are the same, so that a check can be repeated.
    chosen = sorted(random.Random(0).sample(range(table.num_rows), min(rows, table.num_rows)))  # noqa: S311  no secret
    picked = table.take(chosen).combine_chunks()
    types = {entity.name: entity.dtype.to_value_type() for entity in view.entity_columns}
    offline = _convert_arrow_to_proto(picked, view, types) if chosen else []
    found = store.provider.online_read(store.config, view, [row[0] for row in offline]) if offline else []
    missing, sample, different = 0, list[list[str]](), 0
    for (key, values, _, _), (_, online) in zip(offline, found, strict=True):
        if not _has_values(online) and _has_values(values):
            missing += 1
            sample.append([_shown(key), "", "", "missing"])
            continue
        served = online or {}
        wrong = [feature for feature, value in values.items() if not _same(value, served.get(feature))]
        different += bool(wrong)
        sample += [[_shown(key), one, _shown(values[one]), _shown(served.get(one))] for one in wrong]
    return Agreement(table.num_rows, len(chosen), missing, different, sample[:SHOWN])


def _materialized(store: Any, view: Any) -> Any:
    """The newest row of each entity in the windows that went online; of the others, the online store knows nothing."""
    import pyarrow as pa

    tables = [pulled(store, view, *window) for window in reversed(_windows(view.materialization_intervals))]
    table = pa.concat_tables(tables, promote_options="permissive")
    columns = [table.column(name).to_pylist() for name in view.join_keys if name in table.column_names]
    keys = list(zip(*columns, strict=True)) if columns else [()] * table.num_rows
    newest: dict[Any, int] = {}
    for row, key in enumerate(keys):  # from the latest window on
        newest.setdefault(key, row)
    return table.take(list(newest.values())) if newest else table


def _windows(intervals: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """The windows in their order, those that meet joined."""
    found: list[tuple[datetime, datetime]] = []
    for start, end in sorted((start.astimezone(UTC), end.astimezone(UTC)) for start, end in intervals):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _has_values(values: Any) -> bool:
    """Whether any is there: some stores answer an unknown entity with empty values."""
    return any(value.ByteSize() for value in (values or {}).values())


def _same(offline: Any, online: Any) -> bool:
    """By their bytes, so that a number that is none equals itself; no value is stored as an empty one."""
    return offline.SerializeToString() == (b"" if online is None else online.SerializeToString())


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if hasattr(value, "entity_values"):
        return ", ".join(_shown(one) for one in value.entity_values)
    kind = value.WhichOneof("val")
    return "" if kind is None else str(getattr(value, kind))
