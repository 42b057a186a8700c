"""`dagway env`: every environment variable of a platform, and where its value comes from."""

from __future__ import annotations

from pathlib import Path

import click

from dagway.cli._output import OutputFormat, console, format_option, print_json

MISSING = 1
_STYLES = {"missing": "bold red", "environment": "green", ".env": "green", "default": "", "unset": "dim"}


@click.command("env")
@click.argument("target", metavar="[PROJECT]", type=click.Path(path_type=Path), default=Path())
@click.option(
    "--profile",
    help="This profile of platform.yaml; also DAGWAY_PROFILE, else that of the platform that is up.",
)
@format_option
@click.pass_context
def env(context: click.Context, target: Path, profile: str | None, output_format: OutputFormat) -> None:
    """List the environment variables that the platform of PROJECT and its code read.

    Says of each where its value comes from: the environment, a .env file, or a default; and what is missing. Values are shown only
    of names that open nothing, such as a host. The exit status is 1 if something is missing.
    """
    import os

    from dagway.platform.load import PROFILE
    from dagway.platform.services import roots
    from dagway.platform.state import as_running
    from dagway.platform.variables import settings

    platform = as_running(target, profile or os.environ.get(PROFILE))
    found = settings(platform, roots(platform), os.environ)
    if output_format == "json":
        print_json(found)
    else:
        from rich.table import Table
        from rich.text import Text

        table = Table("variable", "from", "", "what for", box=None, header_style="dim")
        for one in found:
            what = f"{one.what}: {', '.join(one.used_by)}" if one.used_by else one.what
            source = Text(one.source, _STYLES[one.source])
            table.add_row(one.name, source, one.value or one.where, what)
        console().print(table)
    if any(one.source == "missing" for one in found):
        context.exit(MISSING)
