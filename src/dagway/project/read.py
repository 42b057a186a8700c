"""From Dagster's repository to the frozen project. Reads public attributes only; executes nothing."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from dagway._dagster.description import (
    automation_label,
    freshness_label,
    function_position,
    partitions_label,
    resource_type,
)
from dagway._dagster.repository import resolved_keys
from dagway.project.model import (
    Asset,
    Check,
    Column,
    Job,
    Key,
    Position,
    Project,
    Resource,
    Schedule,
    Sensor,
    slash,
)

_SHOWN_TYPES = (
    dg.TextMetadataValue,
    dg.MarkdownMetadataValue,
    dg.UrlMetadataValue,
    dg.PathMetadataValue,
    dg.IntMetadataValue,
    dg.FloatMetadataValue,
    dg.BoolMetadataValue,
)
_RESERVED_JOB = "__"


def read(repository: dg.RepositoryDefinition, name: str, root: Path) -> Project:
    """The project that a repository defines.

    Args:
        name: the name of the code location.
        root: the folder to which source positions are shown relative.
    """
    graph = repository.asset_graph
    nodes = [graph.get(key) for key in graph.get_all_asset_keys()]
    assets = sorted((_asset(node, graph, root) for node in nodes), key=lambda asset: asset.key)
    return Project(
        name=name,
        root=root,
        assets=tuple(assets),
        jobs=tuple(_jobs(repository)),
        schedules=tuple(_schedule(schedule, repository) for schedule in repository.schedule_defs),
        sensors=tuple(_sensor(sensor, repository) for sensor in repository.sensor_defs),
        resources=tuple(
            Resource(key, resource_type(resource))
            for key, resource in sorted(repository.get_top_level_resources().items())
        ),
    )


def _asset(node: Any, graph: Any, root: Path) -> Asset:
    checks = (graph.get_check_spec(key) for key in node.check_keys)
    return Asset(
        key=tuple(node.key.path),
        deps=_keys(node.parent_keys),
        kinds=tuple(sorted(node.kinds)),
        group=node.group_name,
        owners=tuple(node.owners),
        tags=tuple(sorted(item for item in node.tags.items() if not item[0].startswith("dagster/"))),
        description=node.description,
        checks=tuple(sorted((Check(spec.name, spec.blocking, spec.description) for spec in checks), key=str)),
        automation=automation_label(node.automation_condition) if node.automation_condition else None,
        partitions=partitions_label(node.partitions_def) if node.partitions_def else None,
        freshness=freshness_label(node.freshness_policy) if node.freshness_policy else None,
        columns=_columns(node.metadata),
        executable=node.is_executable,
        external=node.is_external,
        position=_position(node, root),
        metadata=_shown_metadata(node.metadata),
    )


def _keys(keys: Iterable[dg.AssetKey]) -> tuple[Key, ...]:
    return tuple(sorted(tuple(key.path) for key in keys))


def _columns(metadata: Mapping[str, Any]) -> tuple[Column, ...]:
    value = metadata.get("dagster/column_schema")
    schema = value.schema if isinstance(value, dg.TableSchemaMetadataValue) else value
    if not isinstance(schema, dg.TableSchema):
        return ()
    return tuple(Column(column.name, column.type, column.description) for column in schema.columns)


def _shown_metadata(metadata: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    values = ((key, _text(value)) for key, value in metadata.items() if not key.startswith("dagster/"))
    return tuple(sorted((key, text) for key, text in values if text is not None))


def _text(value: object) -> str | None:
    if isinstance(value, _SHOWN_TYPES):
        return str(value.value)
    return str(value) if isinstance(value, str | int | float) else None


def _position(node: Any, root: Path) -> Position | None:
    """The nearest place to change: the component's YAML, else the function that computes the asset."""
    references = node.metadata.get("dagster/code_references")
    for reference in getattr(references, "code_references", ()):
        path = Path(getattr(reference, "file_path", ""))
        if path.is_absolute() and path.is_relative_to(root):
            return Position(path, reference.line_number)
    function = function_position(node.assets_def)
    return Position(*function) if function and function[0].is_relative_to(root) else None


def _jobs(repository: dg.RepositoryDefinition) -> Iterable[Job]:
    for job in sorted(repository.get_all_jobs(), key=lambda job: job.name):
        if not job.name.startswith(_RESERVED_JOB):
            yield Job(job.name, _keys(job.asset_layer.executable_asset_keys), job.description)


def _schedule(schedule: dg.ScheduleDefinition, repository: dg.RepositoryDefinition) -> Schedule:
    cron = schedule.cron_schedule
    return Schedule(
        name=schedule.name,
        cron=cron if isinstance(cron, str) else ", ".join(cron),
        timezone=schedule.execution_timezone or "UTC",
        job=schedule.job_name,
        targets=_job_assets(schedule.job_name, repository),
        status=schedule.default_status.value,
    )


def _job_assets(name: str, repository: dg.RepositoryDefinition) -> tuple[Key, ...]:
    if not repository.has_job(name):
        return ()
    return _keys(repository.get_job(name).asset_layer.executable_asset_keys)


def _sensor(sensor: dg.SensorDefinition, repository: dg.RepositoryDefinition) -> Sensor:
    return Sensor(
        name=sensor.name,
        # Dagster still calls the type of such a sensor AUTO_MATERIALIZE where it evaluates the conditions itself.
        kind="AUTOMATION"
        if isinstance(sensor, dg.AutomationConditionSensorDefinition)
        else sensor.sensor_type.value,
        targets=_sensor_targets(sensor, repository),
        minimum_interval=sensor.minimum_interval_seconds,
        status=sensor.default_status.value,
    )


def _sensor_targets(sensor: dg.SensorDefinition, repository: dg.RepositoryDefinition) -> tuple[str, ...]:
    if sensor.asset_selection is not None:
        return tuple(sorted(slash(key) for key in resolved_keys(sensor.asset_selection, repository)))
    return tuple(target.job_name for target in sensor.targets)
