"""A dbt project: each model an asset, each test a check."""

# Dagster's component leaves type parameters open, and its settings have moved between its versions.
# pyright: reportUnknownMemberType=false, reportPrivateImportUsage=false

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import dagster as dg
import dagster_dbt
from dagster.components.utils.project_paths import get_local_state_path
from dagster.components.utils.translation import TranslationFn
from dagster_dbt.components.dbt_project.component import (
    DagsterDbtComponentTranslatorSettings,
    DbtMetadataAddons,
    DbtProjectComponent,
)
from dagster_dbt.dbt_project_manager import DbtProjectManager

from dagway.components import partitions
from dagway.components.attributes import Block, Demonstrable, PartitionAttributes
from dagway.components.dbt.demo import refuse_other_warehouse
from dagway.components.dbt.duckdb_file import handed_over
from dagway.components.dbt.errors import clear_errors
from dagway.components.dbt.preparing import find_dbt, prepare
from dagway.components.dbt.projects import Folder, GitProject, LocalProject, Manager, Repository, resolved
from dagway.components.failures import clear_failures
from dagway.components.resolving import plain, text
from dagway.components.scaffolder import ExampleScaffolder
from dagway.components.translation import TranslationResolver, itself


def _settings() -> DagsterDbtComponentTranslatorSettings:
    return DagsterDbtComponentTranslatorSettings(enable_source_tests_as_checks=True)


@dg.scaffold_with(ExampleScaffolder)
@dataclass(kw_only=True)
class DbtProject(Demonstrable, Block, DbtProjectComponent):
    """A dbt project, in a folder or in a git repository at a revision: each model is an asset, each test a check.

    It is Dagster's `DbtProjectComponent` with its attributes and hooks (`translation`, `get_asset_spec`, `execute`), and what they mean is
    described there. A source's key is `[source, table]`, as those of Dagway's sources are. Rows, columns and their lineage are told of
    each model. In demo mode dbt builds in the project's DuckDB warehouse, by a profile that is generated.
    """

    project: Annotated[
        dagster_dbt.DbtProject | DbtProjectManager,
        dg.Resolver(
            resolved,
            model_field_type=str | LocalProject.model() | GitProject.model(),
            description="The dbt project's folder, seen from `defs.yaml`; or a mapping with `project_dir` or `repo_url`.",
        ),
    ]
    include_metadata: Annotated[
        list[DbtMetadataAddons],
        dg.Resolver.default(description="What is asked of the target about each model that was built."),
    ] = field(default_factory=lambda: ["row_count", "column_metadata"])
    translation: Annotated[
        TranslationFn[Mapping[str, Any]] | None, TranslationResolver[Mapping[str, Any]](node=itself)
    ] = None
    translation_settings: Annotated[
        DagsterDbtComponentTranslatorSettings | None,
        dg.Resolver.default(description="How dbt's nodes become assets; tests of sources are checks too."),
    ] = field(default_factory=_settings)
    partitions: Annotated[
        Mapping[str, Any] | None,
        plain(
            "How incremental models are cut into parts; `cli_args` hands the part on.", PartitionAttributes
        ),
    ] = None
    timezone: Annotated[str, text("The time zone of the partitions.")] = "UTC"
    demo_database: Annotated[
        str | None,
        text("The DuckDB file that is the target in demo mode, from the project's root: the warehouse's."),
    ] = None

    def __post_init__(self) -> None:
        if not self.in_demo:
            return
        given = self.project
        known = given if isinstance(given, Manager) else Manager(Folder(_folder(given)))
        self.project = known.in_demo(self.demo_database)

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        find_dbt()
        return super().build_defs(context)

    def build_defs_from_state(
        self, context: dg.ComponentLoadContext, state_path: Path | None
    ) -> dg.Definitions:
        if isinstance(self.project, Manager):
            if state_path is None and isinstance(self.project.place, Repository):
                state_path = self._fetched(context.project_root)
            prepare(self.project.get_project(state_path))
        return super().build_defs_from_state(context, state_path)

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: dagster_dbt.DbtProject | None
    ) -> dg.AssetSpec:
        """A node as an asset; the hook is Dagster's. Made to be overridden."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        config = self.get_resource_props(manifest, unique_id).get("config", {})
        if self.partitions is None or config.get("materialized") != "incremental":
            return spec
        return spec.replace_attributes(partitions_def=partitions.definition(self.partitions, self.timezone))

    def execute(self, context: dg.AssetExecutionContext, dbt: dagster_dbt.DbtCliResource) -> Iterator[Any]:
        """Run dbt for the selected assets. Made to be overridden."""
        remedy = "Correct what dbt names; what was built stays, and the next run builds all that it selects."
        name, database = context.op_execution_context.op.name, self._demo_database
        with clear_failures(name), clear_errors("dbt failed", remedy):
            if database is not None:
                refuse_other_warehouse(context, database)
            with handed_over(database):
                yield from super().execute(context, dbt)

    @property
    def _demo_database(self) -> Path | None:
        return self.project.database if isinstance(self.project, Manager) else None

    def _fetched(self, root: Path) -> Path:
        """The state of a repository that nobody has fetched on this machine."""
        path = get_local_state_path(self.defs_state_config.key, root)
        self.write_state_to_path(path)
        return path


def _folder(project: dagster_dbt.DbtProject | DbtProjectManager) -> Path:
    found = project if isinstance(project, dagster_dbt.DbtProject) else project.get_project(None)
    return found.project_dir
