"""Rows of a view's window, from the offline into the online store. Runs in Feast's own process."""

# Feast publishes no types that hold, pyarrow's leave parts open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

BATCH = 10_000
"""Rows that are encoded and written at once."""


@dataclass(frozen=True)
class Materialized:
    """What a materialization did.

    Attributes:
        rows: how many rows the window has, the newest of each entity; None where Feast's engine does not say.
        written: how many of them went online: those that are not older than what is there.
        end: the end of what was read; later than asked for where later windows are online already.
    """

    rows: int | None
    written: int | None
    start: str
    end: str
    online_store: str
    seconds: float


def materialize(store: Any, name: str, start: datetime, end: datetime) -> Materialized:
    """Bring the newest row of each entity in the window online, and tell the registry when all are there."""
    began = time.perf_counter()
    view, online = feature_view(store, name), str(store.config.online_store.type)
    rows = written = None
    if not compares_moments(store):
        # A store that overwrites would take an older window's values for the newest: read on to what is online.
        end = max([end, *(interval[1].astimezone(UTC) for interval in view.materialization_intervals)])
    if is_plain(store, view):
        table = pulled(store, view, start, end)
        rows, written = table.num_rows, write(store, view, table)
        store.registry.apply_materialization(view, store.project, start, end)
    else:
        store.materialize(start, end, [name])
    seconds = round(time.perf_counter() - began, 4)
    return Materialized(rows, written, start.isoformat(), end.isoformat(), online, seconds)


def feature_view(store: Any, name: str) -> Any:
    """The view as the registry has it."""
    found = [
        *store.list_feature_views(),
        *store.list_stream_feature_views(),
        *store.list_batch_feature_views(),
    ]
    return next(view for view in found if view.name == name)


def is_plain(store: Any, view: Any) -> bool:
    """Whether the view's rows go online as they are, on this machine; else Feast's engine has work to do with them."""
    transforms = ("aggregations", "feature_transformation", "filter", "source_views", "stream_source", "udf")
    return (
        str(
            store.config.batch_engine_config
            if isinstance(store.config.batch_engine_config, str)
            else store.config.batch_engine.type
        )
        == "local"
        and view.online
        and not view.offline
        and not any(getattr(view, name, None) for name in transforms)
    )


def compares_moments(store: Any) -> bool:
    """Whether the online store keeps a newer value when an older one comes, as Feast's Redis does."""
    config = store.config.online_store
    return str(config.type) == "redis" and not getattr(config, "skip_dedup", False)


def pulled(store: Any, view: Any, start: datetime, end: datetime) -> Any:
    """The newest row of each entity in a window, its columns called as the features."""
    from feast.utils import _get_column_names  # pyright: ignore[reportPrivateUsage]  what Feast's engines use

    entities = [store.registry.get_entity(name, store.project) for name in view.entities]
    keys, features, timestamp, created = _get_column_names(view, entities)
    table = store.provider.offline_store.pull_latest_from_table_or_query(
        config=store.config,
        data_source=view.batch_source,
        join_key_columns=keys,
        feature_name_columns=features,
        timestamp_field=timestamp,
        created_timestamp_column=created,
        start_date=start,
        end_date=end,
    ).to_arrow()
    mapping = view.batch_source.field_mapping or {}
    return table.rename_columns([mapping.get(name, name) for name in table.column_names])


def write(store: Any, view: Any, table: Any) -> int:
    """Write rows to the online store, batch by batch; gives how many it took."""
    from feast.utils import _convert_arrow_to_proto  # pyright: ignore[reportPrivateUsage]  what Feast's engines use

    from dagway.components.feast.redis_rows import writer

    types = {entity.name: entity.dtype.to_value_type() for entity in view.entity_columns}
    batches = table.to_batches(
        max_chunksize=store.config.materialization_config.online_write_batch_size or BATCH
    )
    if fast := writer(store, view, types):
        return sum(fast(batch) for batch in batches)
    for batch in batches:
        rows = _convert_arrow_to_proto(batch, view, types)
        store.provider.online_store.online_write_batch(store.config, view, rows, None)
    return table.num_rows
