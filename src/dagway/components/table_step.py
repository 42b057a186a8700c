"""The step that builds one table: load it, ask its checks, tell Dagster what was built."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from dagway.components import partitions
from dagway.components.asset_spec import Key, asset_spec, column_descriptions
from dagway.components.attributes import Attributes
from dagway.components.checks import run as checks
from dagway.components.checks.apart import check_definitions
from dagway.components.failures import clear_failures
from dagway.components.metadata import PREVIEW_ROWS, Lineage, table_metadata
from dagway.components.warehouse import Session, Warehouse
from dagway.sql.names import table_name


@dataclass(frozen=True)
class Loaded:
    """What a load has to tell: the query it ran, and the lineage of the columns."""

    query: str | None = None
    lineage: Lineage | None = None


Load = Callable[[dg.AssetExecutionContext, Session, str, "partitions.Part | None"], Loaded]


@dataclass(frozen=True)
class TableStep:
    """One table of the warehouse as an asset; `deps` are the assets it is built from."""

    key: Key
    attributes: Attributes
    folder: Path
    kinds: Sequence[str] = ()
    deps: Iterable[Key] = ()
    resources: frozenset[str] = frozenset()

    def definitions(self, context: dg.ComponentLoadContext, load: Load) -> dg.Definitions:
        """The asset, its checks in the same step, and the checks that have a step of their own."""
        attributes = self.attributes
        table_checks = checks.read(self.key, attributes.checks, self.folder, attributes.dialect)
        return dg.Definitions(
            assets=[self._asset(table_checks, load)],
            asset_checks=check_definitions(table_checks, context.defs_module_name),
        )

    def _asset(self, table_checks: checks.TableChecks, load: Load) -> dg.AssetsDefinition:
        spec = asset_spec(self.key, self.attributes, kinds=self.kinds, deps=self.deps)

        @dg.multi_asset(
            name="__".join(self.key),
            specs=[spec],
            check_specs=table_checks.specs(),
            partitions_def=spec.partitions_def,
            backfill_policy=partitions.backfill_policy(spec.partitions_def),
            required_resource_keys={"warehouse", *self.resources},
        )
        def table(context: dg.AssetExecutionContext):
            return self._run(context, table_checks, load)

        return table

    def _run(
        self, context: dg.AssetExecutionContext, table_checks: checks.TableChecks, load: Load
    ) -> dg.MaterializeResult[Any]:
        warehouse: Warehouse = context.resources.warehouse
        started, name, table = time.perf_counter(), "/".join(self.key), table_name(self.key)
        with clear_failures(name), warehouse.session() as session, clear_failures(name, session.errors):
            part = partitions.of_run(context, self.attributes.incremental)
            loaded = load(context, session, table, part)
            preview = session.sample(f"select * from {session.name(table)}", PREVIEW_ROWS)
            rows, results = checks.answer(session, table, table_checks, preview.columns)
        metadata = table_metadata(
            table,
            rows,
            preview,
            time.perf_counter() - started,
            query=loaded.query,
            columns=column_descriptions(self.attributes),
            lineage=loaded.lineage,
        )
        return dg.MaterializeResult(asset_key=dg.AssetKey(self.key), metadata=metadata, check_results=results)
