from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.clients import openings
from dagway.rules.source.python import PythonFile

#: Folders and modules that Dagster imports: elsewhere a module may be a program of its own.
_LOADED = re.compile(
    r"(?:^|/)(?:defs|definitions|assets?|resources?|jobs?|ops|sensors?|schedules?|partitions?|checks|components|repository)(?:/|\.py$)"
)


@rule("connection-at-import", severity="error")
def check(file: PythonFile) -> Iterable[Problem]:
    """A connection or client is opened when the code is imported.

    What
        A database connection, cloud client or HTTP session made at module level or in a class's body, one-off requests
        included, in a module that Dagster loads. A database in memory is none.

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
    for opening in openings(file):
        if not file.is_deferred(opening.call):
            yield file.problem(
                opening.call,
                f"{opening.dotted} makes {opening.what} when the module is imported",
                "Make it inside a ConfigurableResource, when an asset asks for it",
            )


def _is_loaded(file: PythonFile) -> bool:
    imports = any(
        name.partition(".")[0] == "dagster" or name.startswith("dagster_") for name in _imported(file)
    )
    return imports or bool(_LOADED.search(file.path))


def _imported(file: PythonFile) -> Iterable[str]:
    yield from (alias.name for node in file.nodes(ast.Import) for alias in node.names)
    yield from (node.module or "" for node in file.nodes(ast.ImportFrom) if not node.level)
