"""What Dagster's schedules, sensors and jobs do not tell in public: their functions, and the runs that they start."""

from collections.abc import Callable
from inspect import getfile
from types import CodeType, FunctionType
from typing import Any

from dagster import JobDefinition, ScheduleDefinition, SensorDefinition
from dagster._core.definitions.assets.job.asset_job import JobScopedAssetGraph
from dagster._core.definitions.schedule_definition import DecoratedScheduleFunction


def is_asset_job(job: JobDefinition) -> bool:
    """Whether the job is made of a selection of assets, not of operations."""
    return isinstance(job.asset_layer.asset_graph, JobScopedAssetGraph)


def schedule_function(schedule: ScheduleDefinition) -> Callable[..., Any] | None:
    """The function that somebody decorated; None for a schedule that just names its target."""
    function = getattr(schedule, "_execution_fn", None)
    return function.decorated_fn if isinstance(function, DecoratedScheduleFunction) else None


def sensor_function(sensor: SensorDefinition) -> Callable[..., Any] | None:
    """The function behind a sensor: somebody's own, or a wrapper of Dagster's."""
    return getattr(sensor, "_raw_fn", None)


def starts_unpartitioned_runs(schedule: ScheduleDefinition) -> bool:
    """Whether each tick certainly starts a run without a partition: no function of its own may name one."""
    function = getattr(schedule, "_execution_fn", None)
    if not isinstance(function, FunctionType) or not _is_dagsters(function.__code__):
        return False
    tags_function = getattr(schedule, "_tags_fn", None)
    return isinstance(tags_function, FunctionType) and _is_dagsters(tags_function.__code__)


_SCHEDULES_OF_DAGSTER = getfile(ScheduleDefinition)


def _is_dagsters(code: CodeType) -> bool:
    """Whether the function is one that Dagster makes for a schedule that has none."""
    return code.co_filename == _SCHEDULES_OF_DAGSTER
