"""Readable descriptions of Dagster's objects, where the public API has none."""

import inspect
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from dagster import (
    AssetsDefinition,
    AutomationCondition,
    FreshnessPolicy,
    GraphDefinition,
    MultiPartitionsDefinition,
    PartitionsDefinition,
    ResourceDefinition,
    StaticPartitionsDefinition,
)
from dagster._config.pythonic_config.resource import get_resource_type_name
from dagster._core.definitions.freshness import CronFreshnessPolicy, TimeWindowFreshnessPolicy
from dagster._core.storage.tags import COMPUTE_KIND_TAG

_SHOWN_PARTITIONS = 5


def automation_label(condition: AutomationCondition[Any]) -> str:
    """``eager``, ``on_cron(@daily, UTC)``, or the expression where the condition has no name of its own."""
    return condition.get_label() or _expression(condition.get_snapshot())


def _expression(snapshot: Any) -> str:
    node, children = snapshot.node_snapshot, snapshot.children
    if node.label:
        return node.label
    name = node.name or node.description
    if len(children) > 1:
        return f" {name} ".join(_operand(child) for child in children)
    return f"{name}({_expression(children[0])})" if children else name


def _operand(snapshot: Any) -> str:
    several = not snapshot.node_snapshot.label and len(snapshot.children) > 1
    return f"({_expression(snapshot)})" if several else _expression(snapshot)


def partitions_label(partitions: PartitionsDefinition[Any]) -> str:
    """``Daily, starting 2024-01-01 UTC``; the dimensions joined by ``×``; the first few of static partitions."""
    if isinstance(partitions, MultiPartitionsDefinition):
        dimensions = partitions.partitions_defs
        return " × ".join(f"{item.name}: {partitions_label(item.partitions_def)}" for item in dimensions)
    if isinstance(partitions, StaticPartitionsDefinition):
        keys = partitions.get_partition_keys()
        shown = ", ".join(keys[:_SHOWN_PARTITIONS])
        return f"{shown}, … ({len(keys)} in all)" if len(keys) > _SHOWN_PARTITIONS else shown
    return str(partitions).removesuffix(".")


def freshness_label(policy: FreshnessPolicy) -> str:
    """When the asset counts as stale: ``within 26 h`` or ``by 0 7 * * * UTC, no older than 1 h``."""
    if isinstance(policy, TimeWindowFreshnessPolicy):
        return f"within {_span(policy.fail_window.to_timedelta())}"
    if isinstance(policy, CronFreshnessPolicy):
        age = _span(policy.lower_bound_delta)
        return f"by {policy.deadline_cron} {policy.timezone}, no older than {age}"
    return type(policy).__name__


def _span(span: timedelta) -> str:
    hours, rest = divmod(int(span.total_seconds()), 3600)
    minutes, seconds = divmod(rest, 60)
    parts = ((hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{value} {unit}" for value, unit in parts if value) or "0 s"


def resource_type(resource: ResourceDefinition) -> str:
    return get_resource_type_name(resource)


def function_position(assets: AssetsDefinition) -> tuple[Path, int] | None:
    """The file and first line of the function that computes the assets; None where there is none."""
    return code_position(decorated_function(assets))


def decorated_function(assets: AssetsDefinition) -> object:
    """The function that somebody decorated as an asset; None where there is none."""
    operation: Any = getattr(assets, "node_def", None) if assets.is_executable else None
    if isinstance(operation, GraphDefinition):
        return cast("Any", operation).composition_fn
    function: Any = getattr(getattr(operation, "compute_fn", None), "decorated_fn", None)
    return inspect.unwrap(function) if callable(function) else None


def code_position(function: object) -> tuple[Path, int] | None:
    """The file and first line of a function, its decorators included; None for what has no code."""
    code = getattr(inspect.unwrap(cast("Any", function)), "__code__", None) if callable(function) else None
    return (Path(code.co_filename), code.co_firstlineno) if code else None


def has_compute_kind(assets: AssetsDefinition) -> bool:
    """Whether the computation names its kind in the old form: `compute_kind=`."""
    operation: Any = getattr(assets, "node_def", None) if assets.is_executable else None
    return COMPUTE_KIND_TAG in getattr(operation, "tags", {})
