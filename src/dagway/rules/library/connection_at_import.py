from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.clients import Opening, helper, openings
from dagway.rules.source.names import Function, own_nodes, parameters
from dagway.rules.source.python import PythonFile

#: Folders and modules that Dagster imports: elsewhere a module may be a program of its own.
_LOADED = re.compile(
    r"(?:^|/)(?:defs|definitions|assets?|resources?|jobs?|ops|sensors?|schedules?|partitions?|checks|components|repository)(?:/|\.py$)"
)

WHEN = "when the module is imported"
REMEDY = "Make it inside a ConfigurableResource, when an asset asks for it"


@rule("connection-at-import", severity="error")
def check(file: PythonFile) -> Iterable[Problem]:
    """A connection or client is opened when the code is imported.

    What
        A database connection, cloud client or HTTP session made at module level or in a class's body, one-off requests
        included, in a module that Dagster loads; also by a function of the file that is called there, unless the
        caller decides whether it does. A database in memory is none.

    Why
        Definitions are imported by the webserver's code server, the daemon and each process of a run: every one opens the
        connection, whether it needs it or not. When the other side is down, nothing loads. After a fork or a long wait the
        connection is broken.

    Broken
        import dagster as dg
        import psycopg2

        connection = psycopg2.connect(host="warehouse")


        @dg.asset
        def orders() -> None:
            connection.cursor().execute("select 1")

    Right
        import dagster as dg
        import psycopg2


        class Warehouse(dg.ConfigurableResource):
            host: str

            def connect(self):
                return psycopg2.connect(host=self.host)


        @dg.asset
        def orders(warehouse: Warehouse) -> None:
            with warehouse.connect() as connection:
                connection.cursor().execute("select 1")

    Source
        "Use `ConfigurableResource` for external services"; "Connection pooling and credential management".
    """
    if not _is_loaded(file):
        return
    inside: dict[ast.AST, Opening] = {}
    for opening in openings(file):
        if not file.is_deferred(opening.call):
            yield file.problem(opening.call, f"{opening.dotted} makes {opening.what} {WHEN}", REMEDY)
        elif (function := file.function(opening.call)) and _runs_whenever_called(
            file, function, opening.call
        ):
            inside.setdefault(function, opening)
    for call in file.nodes(ast.Call) if inside else ():
        called = helper(file, call)
        if isinstance(called, ast.FunctionDef) and called in inside and not file.is_deferred(call):
            opening = inside[called]
            message = f"{called.name}, which is called here, makes {opening.what} {WHEN}: {opening.dotted}"
            yield file.problem(call, message, REMEDY)


def _runs_whenever_called(file: PythonFile, function: Function, node: ast.AST) -> bool:
    """Whether a call of the function reaches the node: no generator, and on no condition that its caller decides."""
    given = {parameter.arg for parameter in parameters(function.args)}
    return not any(
        isinstance(item, ast.Yield | ast.YieldFrom)
        or (
            isinstance(item, ast.If | ast.IfExp | ast.While)
            and _depends(item.test, given)
            and _leads(item, node)
        )
        for item in own_nodes(function)
    )


def _depends(test: ast.expr, given: set[str]) -> bool:
    return any(isinstance(item, ast.Name) and item.id in given for item in ast.walk(test))


def _leads(branch: ast.AST, node: ast.AST) -> bool:
    """Whether a branch holds the node, or leaves the function."""
    return any(item is node or isinstance(item, ast.Return | ast.Raise) for item in ast.walk(branch))


def _is_loaded(file: PythonFile) -> bool:
    imports = any(
        name.partition(".")[0] == "dagster" or name.startswith("dagster_") for name in _imported(file)
    )
    return imports or bool(_LOADED.search(file.path))


def _imported(file: PythonFile) -> Iterable[str]:
    yield from (alias.name for node in file.nodes(ast.Import) for alias in node.names)
    yield from (node.module or "" for node in file.nodes(ast.ImportFrom) if not node.level)
