"""`dagway status`: how the platform of a project is."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dagway.cli._output import OutputFormat, console, format_option, print_json

if TYPE_CHECKING:
    from dagway.platform.control import Status

UNHEALTHY = 1
_STYLES = {"healthy": "green", "starting": "yellow", "waiting": "yellow", "restarting": "yellow"}


@click.command("status")
@click.argument("target", metavar="[PROJECT]", type=click.Path(path_type=Path), default=Path())
@format_option
@click.pass_context
def status(context: click.Context, target: Path, output_format: OutputFormat) -> None:
    """Say how the platform of PROJECT is: its services, code locations and runs under way.

    The exit status is 0 if it is up and healthy, 1 if not.
    """
    from dagway.platform.control import status as look
    from dagway.platform.state import as_running

    found = look(as_running(target))
    if output_format == "json":
        print_json(found)
    else:
        _show(found)
    if not found.is_healthy:
        context.exit(UNHEALTHY)


def _show(found: Status) -> None:
    from rich.table import Table
    from rich.text import Text

    shown = console()
    if found.state is None:
        shown.print(f"No platform is up on {found.home.dagster}.\n  Start it with `dagway up`.")
        return
    stopping = ", stopping" if found.state.stopping else ""
    shown.print(
        f"{found.state.webserver}  profile {found.state.profile}, process {found.state.pid}{stopping}"
    )
    table = Table("service", "state", "pid", "for", "restarts", "reason", box=None, header_style="dim")
    for name, one in found.state.services.items():
        state = Text(one["state"], _STYLES.get(one["state"], "red"))
        age = _age(time.time() - float(one["since"]))
        table.add_row(name, state, str(one["pid"] or ""), age, str(one["restarts"]), str(one["reason"]))
    shown.print(table)
    for name, version in found.deployed.items():
        shown.print(f"{name} is served from {version}, which was deployed", soft_wrap=True)
    if found.locations is None:
        shown.print("The webserver does not answer.")
        return
    for name, why in found.locations.broken.items():
        shown.print(f"{name} does not load: {why}", style="red")
    shown.print(f"{len(found.locations.loaded)} locations loaded, {_runs(found)}")


def _runs(found: Status) -> str:
    return f"runs under way: {found.under_way}, queued: {found.queued}"


def _age(seconds: float) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
