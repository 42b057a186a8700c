"""`dagway down`: stops the platform of a project in order."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("down")
@click.argument("target", metavar="[PROJECT]", type=click.Path(path_type=Path), default=Path())
@click.option("--cancel", is_flag=True, help="Cancel the runs under way; they finish first if left out.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=1),
    default=900.0,
    show_default=True,
    help="Seconds to wait for the end.",
)
@click.pass_context
def down(context: click.Context, target: Path, cancel: bool, timeout: float) -> None:
    """Stop the platform of PROJECT in order, and wait until it has stopped.

    The exit status is 1 if no platform was up.
    """
    from dagway.platform.control import stop
    from dagway.platform.state import as_running

    if stop(as_running(target), cancel=cancel, patience=timeout):
        click.echo("The platform is down.")
    else:
        click.echo("No platform was up.")
        context.exit(1)
