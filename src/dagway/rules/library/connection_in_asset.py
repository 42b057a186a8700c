from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.clients import Opening, helper, openings
from dagway.rules.source.names import Function, parameters
from dagway.rules.source.python import COMPUTES, INTEGRATED, PythonFile

REMEDY = "Take a ConfigurableResource as a typed parameter, and let it make the {noun}"


@rule("connection-in-asset", severity="warning")
def check(file: PythonFile) -> Iterable[Problem]:
    """An asset opens its own connection instead of taking a resource.

    What
        A database connection, cloud client, HTTP session or request that an asset makes in its own body, or in a function of
        the same file that it calls by name. What is made from a resource that the asset takes, and a database in memory, are
        left alone.

    Why
        A test of the asset cannot put something else in the connection's place, each asset configures it anew, and Dagster
        knows nothing of it: a resource is shown, configured and replaced by environment in one place.

    Broken
        import dagster as dg
        import psycopg2


        @dg.asset
        def orders() -> None:
            with psycopg2.connect(host="warehouse") as connection:
                connection.cursor().execute("delete from orders")

    Right
        import dagster as dg

        from my_project.resources import Warehouse


        @dg.asset
        def orders(warehouse: Warehouse) -> None:
            with warehouse.connect() as connection:
                connection.cursor().execute("delete from orders")

    Source
        "Use `ConfigurableResource` for external services".
    """
    assets = {item.function: item.name for item in file.defined(*COMPUTES, *INTEGRATED)}
    helpers = dict(_helpers(file, assets))
    for opening in openings(file):
        function = file.function(opening.call)
        if function is None or _uses_parameter(opening, function):
            continue
        outer = next((at for at in (function, *file.parents(function)) if at in assets), None)
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef):
            yield _problem(file, opening, assets[outer], "")
        elif function in helpers:
            yield _problem(file, opening, helpers[function], f"{function.name}, which it calls, ")


def _helpers(file: PythonFile, assets: dict[Function, str]) -> Iterator[tuple[Function, str]]:
    """Functions of the file that an asset calls by name → the asset."""
    for call in file.nodes(ast.Call):
        around = file.function(call)
        if around in assets and (called := helper(file, call)):
            yield called, assets[around]


def _uses_parameter(opening: Opening, function: Function) -> bool:
    """Whether the call is given something that the function got: a resource's settings, perhaps."""
    names = {argument.arg for argument in parameters(function.args)}
    given = [*opening.call.args, *(item.value for item in opening.call.keywords)]
    return opening.noun != "HTTP request" and any(
        isinstance(node, ast.Name) and node.id in names for item in given for node in ast.walk(item)
    )


def _problem(file: PythonFile, opening: Opening, asset: str, through: str) -> Problem:
    message = f"the asset {asset} makes {opening.what} of its own"
    if through:
        message = f"{through}makes {opening.what} for the asset {asset}"
    noun = opening.noun.replace("HTTP request", "requests")
    return file.problem(opening.call, f"{message}: {opening.dotted}", REMEDY.format(noun=noun), about=asset)
