"""The step of an export: rows of one asset go out, and what was written is told."""

from collections.abc import Callable, Iterable
from typing import Any

import dagster as dg

from dagway.components import partitions
from dagway.components.asset_spec import asset_spec, key_of
from dagway.components.attributes import Attributes
from dagway.components.failures import clear_failures
from dagway.components.warehouse import Session, Warehouse
from dagway.sql.names import table_name

Export = Callable[[dg.AssetExecutionContext, Session, str], dict[str, Any]]


def export_asset(
    key: str,
    asset: str,
    attributes: Attributes,
    kinds: Iterable[str],
    resources: Iterable[str],
    write: Export,
) -> dg.Definitions:
    """The export as an asset; `write` takes the context, a session and the source's table, and gives the metadata."""
    segments, source = key_of(key), key_of(asset)
    spec = asset_spec(segments, attributes, kinds=kinds, deps=(source,))

    @dg.multi_asset(
        name="__".join(segments),
        specs=[spec],
        partitions_def=spec.partitions_def,
        backfill_policy=partitions.backfill_policy(spec.partitions_def),
        required_resource_keys={"warehouse", *resources},
    )
    def export(context: dg.AssetExecutionContext):
        warehouse: Warehouse = context.resources.warehouse
        with clear_failures(key), warehouse.session() as session, clear_failures(key, session.errors):
            return dg.MaterializeResult(
                asset_key=spec.key, metadata=write(context, session, table_name(source))
            )

    return dg.Definitions(assets=[export])
