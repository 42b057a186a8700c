"""A table that a Python function makes of other tables."""

import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Annotated, Any

import dagster as dg

from dagway.components.asset_spec import key_of
from dagway.components.attributes import Attributes, Block
from dagway.components.checks.apart import load_function
from dagway.components.python import from_arrow, to_arrow
from dagway.components.resolving import plain, text
from dagway.components.source import store
from dagway.components.table_step import Loaded, TableLoad, TableStep
from dagway.components.translation import AssetProps, Translated
from dagway.components.warehouse import Session
from dagway.errors import DagwayError
from dagway.sql.names import table_name

Function = Callable[..., Any]
CONTEXT = "context"
"""The name of a parameter that gets Dagster's context."""


@dataclass(kw_only=True)
class PythonModel(Attributes, Translated, Block, dg.Resolvable):
    """A table that a Python function makes of other tables: it takes frames of pandas, polars or pyarrow, and returns one.

    A parameter's annotation says which library's frame it gets: `pl.DataFrame`, `pl.LazyFrame`, `pa.Table`, or else pandas'. One
    that is called `context` gets Dagster's. Of a partitioned model, the rows of the run's partitions replace the old ones, whatever else
    the function returns. If the function fails, or returns what does not fit, the table stays as it was.
    """

    key: Annotated[str, text("The asset's key, `group/name`: the table `group.name`.")]
    function: Annotated[str, text("The function, `file.py:function`; the file stands beside `defs.yaml`.")]
    inputs: Annotated[
        Mapping[str, str], plain("The assets whose rows it takes, by its parameters' names.", dict[str, str])
    ] = field(default_factory=dict[str, str])
    deps: Annotated[Sequence[str], plain("Upstream assets that it reads otherwise.", list[str])] = ()

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        key, folder = key_of(self.key), context.defs_relative_module_name(context.path)
        function = load_function(self.function, folder)
        self._refuse_other_parameters(function)
        reads = tuple(key_of(asset) for asset in (*self.inputs.values(), *self.deps))
        props = AssetProps(key, self, ("python",), reads)
        spec = self.spec(props)
        if spec.partitions_def is not None and self.incremental is None:
            raise DagwayError(
                f"{self.key} has `partitions` but no `incremental`: the rows of one would replace the whole table.",
                "Write `incremental: {column: …}`, the column that says to which partition a row belongs.",
            )

        def load(run: dg.AssetExecutionContext, session: Session, wanted: "TableLoad[PythonModel]") -> Loaded:
            made = self.execute(run, function, self._arguments(run, session, function))
            rows = self._rows(made)
            store(session, wanted.table, nullcontext(rows), wanted.part)
            return Loaded()

        return TableStep(props, spec).definitions(context, load)

    def execute(
        self, context: dg.AssetExecutionContext, function: Function, arguments: Mapping[str, Any]
    ) -> Any:
        """Call the function with its frames; gives the frame of the table's rows. Made to be overridden."""
        return function(**arguments)

    def _refuse_other_parameters(self, function: Function) -> None:
        parameters = inspect.signature(function).parameters
        needed = {name for name, one in parameters.items() if one.default is one.empty} - {CONTEXT}
        if missing := sorted(needed - set(self.inputs)):
            raise DagwayError(
                f"{self.key}: {self.function} takes {', '.join(missing)}, which `inputs` does not name.",
                f"Write `inputs: {{{missing[0]}: group/name}}`.",
            )
        if unknown := sorted(set(self.inputs) - set(parameters)):
            raise DagwayError(
                f"{self.key}: {self.function} takes no {', '.join(unknown)}.",
                f"It takes {', '.join(parameters) or 'nothing'}; correct `inputs`.",
            )

    def _arguments(
        self, context: dg.AssetExecutionContext, session: Session, function: Function
    ) -> dict[str, Any]:
        wanted = typing.get_type_hints(function)
        found = {
            name: from_arrow(_read(session, asset), wanted.get(name)) for name, asset in self.inputs.items()
        }
        if CONTEXT in inspect.signature(function).parameters:
            found[CONTEXT] = context
        return found

    def _rows(self, made: Any) -> Any:
        try:
            return to_arrow(made).to_reader()
        except TypeError as error:
            raise DagwayError(
                f"{self.function} returns what is no table.", str(error).partition(": ")[2]
            ) from error


def _read(session: Session, asset: str) -> Any:
    table = table_name(key_of(asset))
    if not session.exists(table):
        raise DagwayError(f"The warehouse has no table {table}.", f"Materialize {asset} first.")
    return session.query(f"select * from {session.name(table)}")
