"""From Dagster's repository to the frozen project. Reads attributes only; executes nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from dagway._dagster.creation import Creations
from dagway._dagster.description import (
    automation_label,
    code_position,
    decorated_function,
    freshness_label,
    has_compute_kind,
    partitions_label,
    resource_type,
)
from dagway._dagster.values import (
    keeps_objects,
    loaded_keys,
    partition_count,
    returns_nothing,
    text_fields,
)
from dagway.project.model import Asset, Check, Column, Position, Project, Resource
from dagway.project.place import position_of
from dagway.project.read_automation import Automation, sorted_keys
from dagway.project.read_dbt import dbt_sources, model_place
from dagway.project.templates import is_template, place_of

_SHOWN_TYPES = (
    dg.TextMetadataValue,
    dg.MarkdownMetadataValue,
    dg.UrlMetadataValue,
    dg.PathMetadataValue,
    dg.IntMetadataValue,
    dg.FloatMetadataValue,
    dg.BoolMetadataValue,
)
_STUB = "dagster/auto_created_stub_asset"
_INTEGRATION = re.compile(r"(dagster[-_]\w+)/")


def read(
    repository: dg.RepositoryDefinition, name: str, root: Path, creations: Creations | None = None
) -> Project:
    """The project that a repository defines.

    Args:
        name: the name of the code location.
        root: the folder to which source positions are shown relative.
        creations: the own lines that made the definitions, where they were noted.
    """
    noted = creations or Creations(lambda file: False)
    graph = repository.asset_graph
    nodes = [graph.get(key) for key in graph.get_all_asset_keys()]
    assets, automation = _Assets(graph, root, noted), Automation(repository, root, noted)
    return Project(
        name=name,
        root=root,
        assets=tuple(sorted((assets.read(node) for node in nodes), key=lambda asset: asset.key)),
        jobs=tuple(automation.jobs()),
        schedules=tuple(automation.schedules()),
        sensors=tuple(automation.sensors()),
        resources=tuple(
            _resource(key, resource, root)
            for key, resource in sorted(repository.get_top_level_resources().items())
        ),
        dbt_sources=dbt_sources(nodes, root),
    )


def _resource(key: str, resource: dg.ResourceDefinition, root: Path) -> Resource:
    """Of its fields the names only: a value may be a secret."""
    unresolved = {name: text for name, text in text_fields(resource).items() if is_template(text)}
    position = place_of(next(iter(unresolved.values())), root) if unresolved else None
    return Resource(key, resource_type(resource), tuple(unresolved), position)


@dataclass(frozen=True)
class _Computation:
    """What all assets of one definition share: it is read once, for a definition may have thousands of assets."""

    function: object
    several: bool
    has_compute_kind: bool
    loaded: frozenset[dg.AssetKey]
    returns_nothing: bool


class _Assets:
    """Reads the assets of one repository."""

    def __init__(self, graph: Any, root: Path, creations: Creations) -> None:
        self._graph = graph
        self._root = root
        self._creations = creations
        self._computations: dict[int, _Computation] = {}
        self._counts = dict[dg.PartitionsDefinition[Any], int | None]()

    def read(self, node: Any) -> Asset:
        computation = self._computation(node.assets_def)
        return Asset(
            key=tuple(node.key.path),
            deps=sorted_keys(node.parent_keys),
            kinds=tuple(sorted(node.kinds)),
            group=node.group_name,
            owners=tuple(node.owners),
            tags=tuple(sorted(item for item in node.tags.items() if not item[0].startswith("dagster/"))),
            description=node.description,
            checks=tuple(sorted((self._check(key) for key in node.check_keys), key=_check_order)),
            automation=automation_label(node.automation_condition) if node.automation_condition else None,
            partitions=partitions_label(node.partitions_def) if node.partitions_def else None,
            freshness=freshness_label(node.freshness_policy) if node.freshness_policy else None,
            columns=_columns(node.metadata),
            executable=node.is_executable,
            external=node.is_external,
            position=self._position(node, computation),
            metadata=_shown_metadata(node.metadata),
            stub=_STUB in node.metadata,
            materializable=node.is_materializable,
            inputs=sorted_keys(computation.loaded & node.parent_keys),
            loadable=not (
                computation.returns_nothing and keeps_objects(node.assets_def, node.io_manager_key)
            ),
            partition_count=self._partition_count(node.partitions_def),
            unit=self._graph.get_execution_set_identifier(node.key),
            integration=_integration(node.metadata),
            has_legacy_kind=computation.has_compute_kind,
        )

    def _computation(self, assets: dg.AssetsDefinition) -> _Computation:
        known = self._computations.get(id(assets))
        if known is None:
            known = _Computation(
                decorated_function(assets),
                len(assets.keys) > 1,
                has_compute_kind(assets),
                loaded_keys(assets),
                returns_nothing(assets),
            )
            self._computations[id(assets)] = known
        return known

    def _position(self, node: Any, computation: _Computation) -> Position | None:
        """Where one function computes several assets, dbt's file or the line of the asset's own spec says more."""
        model = model_place(node.metadata, self._root)
        if model:
            return Position(*model)
        created = self._creations.of("asset", node.key)
        place = code_position(computation.function)
        if computation.several and created and place and created[0] == place[0]:
            return position_of(node.metadata, None, self._root, created)
        return position_of(node.metadata, computation.function, self._root, created)

    def _check(self, key: dg.AssetCheckKey) -> Check:
        spec = self._graph.get_check_spec(key)
        position = self._check_position(key, spec.metadata)
        return Check(spec.name, spec.blocking, spec.description, position)

    def _check_position(self, key: dg.AssetCheckKey, metadata: Mapping[str, Any]) -> Position | None:
        definition = self._graph.assets_def_for_key(key)
        function, created = self._computation(definition).function, self._creations.of("check", key)
        return position_of(metadata, function, self._root, created)

    def _partition_count(self, partitions: dg.PartitionsDefinition[Any] | None) -> int | None:
        if partitions is None:
            return None
        if partitions not in self._counts:
            self._counts[partitions] = partition_count(partitions)
        return self._counts[partitions]


def _check_order(check: Check) -> tuple[str, str]:
    return check.name, str(check)


def _integration(metadata: Mapping[str, Any]) -> str | None:
    """The package of Dagster's that made the asset: its notes carry its name."""
    names = (match[1] for key in metadata if (match := _INTEGRATION.match(key)))
    return next((name.replace("-", "_") for name in names), None)


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
