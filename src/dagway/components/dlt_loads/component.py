"""dlt's pipelines as assets."""

# dlt and Dagster's integration of it leave parts of their types open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportIncompatibleVariableOverride=false

import importlib
import os
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, ClassVar

import dagster as dg
from dagster.components.utils.translation import TranslationFn
from dagster_dlt import DagsterDltResource, DagsterDltTranslator, build_dlt_asset_specs
from dagster_dlt.translator import DltResourceTranslatorData

from dagway.components.dlt_loads import demo
from dagway.components.dlt_loads.emptied import refusing_empty
from dagway.components.failures import clear_failures
from dagway.components.landing.base import Landed
from dagway.components.landing.step import Land, Landing
from dagway.components.resolving import plain, text
from dagway.components.scaffolder import ExampleScaffolder
from dagway.components.translation import TranslationResolver
from dagway.components.warehouse.duckdb_session import lend
from dagway.errors import DagwayError

TELEMETRY = "RUNTIME__DLTHUB_TELEMETRY"
STRATEGY = "replace_strategy"


@dataclass(kw_only=True)
class DltLoad(dg.Resolvable):
    """A source of dlt, and the pipeline that loads it."""

    pipeline: Annotated[
        str, text("Where it is defined: `.loads.pipeline` is `pipeline` in `loads.py` beside `defs.yaml`.")
    ]
    source: Annotated[str, text("Where the source is defined, likewise.")]
    run_arguments: Annotated[
        dict[str, Any] | None, plain("What `pipeline.run` is given besides.", dict[str, Any] | None)
    ] = None


@dataclass(frozen=True)
class Found:
    """A load with what its paths name."""

    pipeline: Any
    source: Any
    arguments: dict[str, Any]

    @property
    def schema(self) -> str:
        """Where the tables land."""
        name = self.pipeline.dataset_name or f"{self.pipeline.pipeline_name}_dataset"
        return str(self.source.schema.naming.normalize_table_identifier(name))

    def table(self, resource: Any) -> str:
        """The table of a resource; one that chooses tables row by row is known by its own name."""
        name = resource.name if callable(resource.table_name) else resource.table_name
        return str(self.source.schema.naming.normalize_table_identifier(name))


@dg.scaffold_with(ExampleScaffolder)
class DltLoads(Landed, dg.Resolvable):
    """The tables that dlt's pipelines land, a step for each pipeline: it runs, and looks at what landed.

    Dagster's integration of dlt runs them. Keys are flat, `dataset/table` or `source/table`, so that dbt's sources and other assets
    name them as they are; that a table comes from outside is no dependency. The destination is the resource `warehouse`.

    Tables that a load replaces are loaded beside the old ones and then exchanged (`replace_strategy: insert-from-staging`), unless the
    destination says otherwise, and `merge` works likewise: a load that breaks off changes nothing. Rows of `append` that came before the
    break stay, which is dlt's way: give such resources a key and `merge`.

    In demo mode files stand in for the source's data, or the source itself is read where there is no `demo_path`; dlt loads into the
    project's DuckDB warehouse, with its state in `.dagway/dlt`.
    """

    title: ClassVar[str] = "dlt"

    loads: Annotated[Sequence[DltLoad], dg.Resolver.default(description="Sources and their pipelines.")]
    source: Annotated[
        str | None, text("The first segment of all keys; each pipeline's dataset if left out.")
    ] = None
    allow_empty: Annotated[
        bool, plain("Whether a resource without rows empties the table it replaces, and is no mistake.", bool)
    ] = False
    translation: Annotated[
        TranslationFn[DltResourceTranslatorData] | None,
        TranslationResolver[DltResourceTranslatorData](
            resource=lambda data: data.resource, pipeline=lambda data: data.pipeline
        ),
    ] = None

    def get_asset_spec(self, data: DltResourceTranslatorData) -> dg.AssetSpec:
        """The asset of a resource, which Dagster makes; its key is changed afterwards. Made to be overridden."""
        return DagsterDltTranslator().get_asset_spec(data).replace_attributes(deps=[])

    def execute(
        self, context: dg.AssetExecutionContext, dlt: DagsterDltResource, **run: Any
    ) -> Iterator[Any]:
        """Run a pipeline for the selected assets. Made to be overridden.

        Args:
            run: the source, the pipeline and the translator, as `dlt.run` takes them.
        """
        yield from dlt.run(context=context, **run)

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        if self.in_demo:  # dlt would tell its makers of the run, and demo mode needs no network
            os.environ.setdefault(TELEMETRY, "false")
        parts = [self._load(context, self._found(context, load)) for load in self.loads]
        return dg.Definitions.merge(*parts)

    def land(self, root: Path) -> Land | None:
        """dlt itself lands the rows, in demo mode too."""
        return None

    def _found(self, context: dg.ComponentLoadContext, load: DltLoad) -> Found:
        return Found(_named(context, load.pipeline), _named(context, load.source), load.run_arguments or {})

    def _load(self, context: dg.ComponentLoadContext, load: Found) -> dg.Definitions:
        translator = _Translator(self, load)
        specs = build_dlt_asset_specs(load.source, load.pipeline, translator)
        places = [
            f"{load.schema}.{load.table(resource)}" for resource in load.source.selected_resources.values()
        ]
        landings = [self.landing(context, spec, place) for spec, place in zip(specs, places, strict=True)]
        if not landings:
            raise DagwayError(f"dlt's source {load.source.name} has no resources.", "Add one, or select one.")
        run = partial(
            self._run, root=context.project_root, load=load, translator=translator, landings=landings
        )
        return self.landed(context, {load.pipeline.pipeline_name: landings}, run)

    def _run(
        self,
        context: dg.AssetExecutionContext,
        *,
        root: Path,
        load: Found,
        translator: DagsterDltTranslator,
        landings: Sequence[Landing],
    ) -> Iterator[Any]:
        from dlt.common.exceptions import DltException

        # Dagster's integration takes names out of the schema that it tells of, so each run has its own.
        source, pipeline = load.source.clone(), load.pipeline
        if self.in_demo:
            pipeline = demo.pipeline(pipeline, load.schema, context.resources.warehouse, root)
            source = source if self.demo_path is None else self._stand_in(root, load, landings)
        if pipeline.destination is not None:
            pipeline.destination.config_params.setdefault(STRATEGY, "insert-from-staging")
        lend()  # dlt may open the same DuckDB file
        name = f"dlt's pipeline {pipeline.pipeline_name}"
        with clear_failures(name), nullcontext() if self.allow_empty else refusing_empty(pipeline):
            try:
                yield from self.execute(
                    context,
                    DagsterDltResource(),
                    dlt_source=source,
                    dlt_pipeline=pipeline,
                    dagster_dlt_translator=translator,
                    **load.arguments,
                )
            except DltException as error:
                raise _clear(error) from error

    def _stand_in(self, root: Path, load: Found, landings: Sequence[Landing]) -> Any:
        folder = self.demo_folder(root) / load.schema
        attributes = {landing.place.rpartition(".")[2]: landing.attributes for landing in landings}
        return demo.stand_in(load.source, load.table, folder, attributes)

    def asset_spec_of(self, load: Found, data: DltResourceTranslatorData) -> dg.AssetSpec:
        """The asset after every hook: with its flat key, what `tables` says of it, and `translation`."""
        table = load.table(data.resource)
        flat = self.get_asset_spec(data).replace_attributes(
            key=dg.AssetKey([self.source or load.schema, table])
        )
        spec = self.described(flat, f"{load.schema}.{table}")
        return self.translation(spec, data) if self.translation else spec


class _Translator(DagsterDltTranslator):
    """What Dagster's integration asks about assets, while it defines and while it runs them."""

    def __init__(self, component: DltLoads, load: Found) -> None:
        super().__init__()
        self._component = component
        self._load = load

    def get_asset_spec(self, data: DltResourceTranslatorData) -> dg.AssetSpec:
        known = DltResourceTranslatorData(resource=data.resource, pipeline=self._load.pipeline)
        return self._component.asset_spec_of(self._load, known)


def _named(context: dg.ComponentLoadContext, path: str) -> Any:
    """What a dotted path names; one that begins with a dot begins at the folder of `defs.yaml`."""
    whole = f"{context.defs_relative_module_name(context.path)}{path}" if path.startswith(".") else path
    module, _, name = whole.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise DagwayError(
            f"{path} names nothing: {error}", "Write `.module.name`, or a full path."
        ) from error


def _clear(error: BaseException) -> DagwayError:
    """The cause that dlt found last, which its own message repeats among much else."""
    step, last = getattr(error, "step", "run"), error
    while (cause := last.__cause__ or last.__context__) is not None:
        last = cause
    return DagwayError(
        f"dlt failed to {step}: {' '.join(str(last).partition('NOTE:')[0].split())}",
        "Correct the source, or the pipeline's credentials. Tables are as they were, but for rows that `append` had added.",
    )
