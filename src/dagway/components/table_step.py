"""The step that builds one table: load it, ask its checks, tell Dagster what was built."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic

import dagster as dg

from dagway.components import partitions
from dagway.components.asset_spec import column_descriptions
from dagway.components.attributes import Attributes
from dagway.components.checks import run as checks
from dagway.components.checks.apart import check_definitions
from dagway.components.failures import clear_failures
from dagway.components.metadata import PREVIEW_ROWS, Lineage, table_metadata
from dagway.components.translation import A_co, AssetProps
from dagway.components.warehouse import Session, Warehouse
from dagway.sql.names import table_name


@dataclass(frozen=True)
class Loaded:
    """What a load has to tell: the query it ran, the lineage of the columns, metadata and check results of its own."""

    query: str | None = None
    lineage: Lineage | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    results: Sequence[dg.AssetCheckResult] = ()


@dataclass(frozen=True)
class TableLoad(Generic[A_co]):
    """What is to be loaded in one step.

    Attributes:
        table: where it belongs, `schema.name`.
        part: the rows that are wanted; None for all.
        root: the project's root, which relative paths begin at.
    """

    props: AssetProps[A_co]
    table: str
    part: partitions.Part | None
    root: Path


Load = Callable[[dg.AssetExecutionContext, Session, TableLoad[Any]], Loaded]


@dataclass(frozen=True)
class TableStep:
    """One table of the warehouse as an asset: what the component knows of it, the asset that it became, the load's own checks."""

    props: AssetProps[Attributes]
    spec: dg.AssetSpec
    resources: frozenset[str] = frozenset()
    own_checks: Sequence[dg.AssetCheckSpec] = ()

    def definitions(self, context: dg.ComponentLoadContext, load: Load) -> dg.Definitions:
        """The asset, its checks in the same step, and the checks that have a step of their own."""
        attributes, key = self.props.attributes, tuple(self.spec.key.path)
        table_checks = checks.read(key, attributes.checks, context.path, attributes.dialect)
        return dg.Definitions(
            assets=[self._asset(context.project_root, table_checks, load)],
            asset_checks=check_definitions(table_checks, context.defs_module_name),
        )

    def _asset(self, root: Path, table_checks: checks.TableChecks, load: Load) -> dg.AssetsDefinition:
        spec = self.spec

        @dg.multi_asset(
            name="__".join(spec.key.path),
            specs=[spec],
            check_specs=[*table_checks.specs(), *self.own_checks],
            partitions_def=spec.partitions_def,
            backfill_policy=partitions.backfill_policy(spec.partitions_def),
            required_resource_keys={"warehouse", *self.resources},
        )
        def table(context: dg.AssetExecutionContext):
            return self._run(context, root, table_checks, load)

        return table

    def _run(
        self, context: dg.AssetExecutionContext, root: Path, table_checks: checks.TableChecks, load: Load
    ) -> dg.MaterializeResult[Any]:
        warehouse: Warehouse = context.resources.warehouse
        attributes, path = self.props.attributes, self.spec.key.path
        started, name, table = time.perf_counter(), "/".join(path), table_name(tuple(path))
        with clear_failures(name), warehouse.session() as session, clear_failures(name, session.errors):
            part = partitions.of_run(context, attributes.incremental)
            loaded = load(context, session, TableLoad(self.props, table, part, root))
            preview = session.sample(f"select * from {session.name(table)}", PREVIEW_ROWS)
            rows, results = checks.answer(session, table, table_checks, preview.columns)
        metadata = table_metadata(
            table,
            rows,
            preview,
            time.perf_counter() - started,
            query=loaded.query,
            columns=column_descriptions(attributes),
            lineage=loaded.lineage,
        )
        return dg.MaterializeResult(
            asset_key=self.spec.key,
            metadata={**metadata, **loaded.metadata},
            check_results=[*results, *loaded.results],
        )
