"""`dagway code-server`: Dagster's code server, whose runs fork from a warm image of the definitions."""

from __future__ import annotations

from typing import Any

import click

from dagway._dagster.code_server import options


def _code_server(watch: bool, **values: Any) -> None:
    """Serve a code location over gRPC; its runs start warm.

    Takes the options of `dagster code-server start` and of `dagster api grpc`, and their environment variables. Nothing else
    of a deployment changes: workspace.yaml names the server by `grpc_server`, and the run launcher stays.

    The definitions are loaded once, at the start and at each reload. Runs fork from what was loaded then; runs under way
    keep what they started with. Where a fork would not be safe, the log says why, and runs start cold.

    \b
        dagway code-server --module-name my_project.definitions --port 4000
    """
    from dagway.runtime.code_server import supervise

    supervise(values, watch=watch)


_WATCH = click.Option(
    ["--watch"], is_flag=True, help="Load the definitions anew when a file of the working directory changes."
)
code_server = click.Command(
    "code-server", callback=_code_server, params=[*options(), _WATCH], help=_code_server.__doc__
)
