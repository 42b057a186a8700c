from __future__ import annotations

from collections.abc import Iterable

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.names import parameters
from dagway.rules.source.python import COMPUTES, INTEGRATED, Definition, PythonFile


@rule("asset-annotation-missing", severity="note")
def check(file: PythonFile) -> Iterable[Problem]:
    """An asset's function lacks types.

    What
        A compute function without a return annotation, or with parameters that have no type. One finding for a function.

    Why
        Dagster tells resources from inputs by type, chooses how I/O managers load a value by it, and shows it; type checkers see
        nothing without it. Whether the asset returns a value or writes it itself stands in `-> None`.

    Broken
        import dagster as dg


        @dg.asset
        def customer_metrics(customers):
            return customers

    Right
        import dagster as dg
        import pandas as pd


        @dg.asset
        def customer_metrics(customers: pd.DataFrame) -> pd.DataFrame:
            return customers

    Source
        "Type hints: Specify return types for better IDE support and validation".
    """
    for definition in file.defined(*COMPUTES, *INTEGRATED):
        if missing := _missing(definition):
            yield file.problem(
                definition.function,
                f"the asset {definition.name} lacks {missing}",
                "Annotate them, such as `context: dg.AssetExecutionContext` and `-> None`",
            )


def _missing(definition: Definition) -> str:
    function = definition.function
    untyped = [argument.arg for argument in parameters(function.args) if argument.annotation is None]
    of_parameters = f"the type of {', '.join(untyped)}" if untyped else ""
    of_result = "" if function.returns else "a return type"
    return " and ".join(part for part in (of_parameters, of_result) if part)
