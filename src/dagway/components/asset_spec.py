"""Attributes as an `AssetSpec`."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import dagster as dg

from dagway.blueprint.duration import seconds
from dagway.components import automation, partitions
from dagway.components.attributes import Attributes
from dagway.errors import DagwayError

Key = tuple[str, ...]


def key_of(text: str) -> Key:
    """`staging/orders` → `("staging", "orders")`."""
    return tuple(text.split("/"))


def asset_spec(
    key: Key, attributes: Attributes, *, kinds: Iterable[str] = (), deps: Iterable[Key] = ()
) -> dg.AssetSpec:
    """The asset as Dagster sees it.

    Raises:
        DagwayError: an attribute that means nothing, named with the asset.
    """
    try:
        return dg.AssetSpec(
            key=dg.AssetKey(key),
            deps=[dg.AssetKey(dep) for dep in dict.fromkeys(deps) if dep != key],
            description=attributes.description,
            group_name=attributes.group or key[0],
            owners=list(attributes.owners),
            tags=dict(attributes.tags),
            kinds=_kinds(attributes.kinds, kinds),
            metadata=_metadata(attributes),
            freshness_policy=_freshness_policy(attributes.freshness),
            automation_condition=automation.condition(attributes.automation, attributes.timezone),
            partitions_def=partitions.definition(attributes.partitions, attributes.timezone),
        )
    except (DagwayError, dg.DagsterError, ValueError) as error:
        raise DagwayError(f"{'/'.join(key)}: {error}") from error


def _kinds(written: Sequence[str], known: Iterable[str]) -> set[str]:
    """Dagster shows three kinds: what is written comes first."""
    free = max(0, 3 - len(written))
    return {*written, *[kind for kind in known if kind not in written][:free]}


def _freshness_policy(text: str | None) -> dg.FreshnessPolicy | None:
    if text is None:
        return None
    return dg.FreshnessPolicy.time_window(fail_window=dt.timedelta(seconds=seconds(text)))


def _metadata(attributes: Attributes) -> dict[str, Any]:
    found: dict[str, Any] = dict(attributes.metadata)
    if attributes.columns:
        found["dagster/column_schema"] = column_schema(
            (name, *_column(column)) for name, column in attributes.columns.items()
        )
    return found


def column_schema(columns: Iterable[tuple[str, str | None, str | None]]) -> dg.TableSchema:
    """Name, type and description of each column as Dagster's table schema."""
    return dg.TableSchema(
        [dg.TableColumn(name, written or "", description) for name, written, description in columns]
    )


def _column(written: Any) -> tuple[str | None, str | None]:
    """A column's type and description: it is written as a type alone, or as a mapping."""
    if isinstance(written, Mapping):
        column = cast("Mapping[str, Any]", written)
        return column.get("type"), column.get("description")
    return (None if written is None else str(written)), None


def column_types(attributes: Attributes) -> dict[str, str]:
    """The columns whose type is written."""
    typed = {name: _column(column)[0] for name, column in attributes.columns.items()}
    return {name: written for name, written in typed.items() if written}


def column_descriptions(attributes: Attributes) -> dict[str, str | None]:
    """What each column means."""
    return {name: _column(column)[1] for name, column in attributes.columns.items()}
