"""Readable descriptions of Dagster's objects, where the public API has none."""

import inspect
from pathlib import Path
from typing import Any, cast

from dagster import AssetsDefinition, AutomationCondition, PartitionsDefinition, ResourceDefinition
from dagster._config.pythonic_config.resource import get_resource_type_name
from dagster._core.definitions.declarative_automation.serialized_objects import get_expanded_label


def automation_label(condition: AutomationCondition[Any]) -> str:
    """``eager``, ``on_cron(@daily, UTC)``, or the expression where the condition has no name of its own."""
    return condition.get_label() or " ".join(get_expanded_label(condition.get_snapshot(), use_label=True))


def partitions_label(partitions: PartitionsDefinition[Any]) -> str:
    return f"{type(partitions).__name__.removesuffix('PartitionsDefinition').lower()}: {partitions}"


def resource_type(resource: ResourceDefinition) -> str:
    return get_resource_type_name(resource)


def function_position(assets: AssetsDefinition) -> tuple[Path, int] | None:
    """The file and first line of the function that computes the assets; None where there is none."""
    if not assets.is_executable:
        return None
    operation: Any = getattr(assets, "node_def", None)
    compute: Any = getattr(operation, "compute_fn", None)
    function = getattr(compute, "decorated_fn", None)
    if not callable(function):
        return None
    code = getattr(inspect.unwrap(cast("Any", function)), "__code__", None)
    return (Path(code.co_filename), code.co_firstlineno) if code else None
