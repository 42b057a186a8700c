"""`dagway init`: puts an existing Dagster project on the platform."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("init")
@click.argument("target", metavar="[PROJECT]", type=click.Path(path_type=Path), default=Path())
def init(target: Path) -> None:
    """Write a platform.yaml for PROJECT, the current folder by default, and change nothing else.

    Finds its definitions as `dagway list` does: dg projects and workspaces, workspace.yaml, [tool.dagster], definitions.py.
    """
    from dagway.platform.init import init as write
    from dagway.platform.reads import has_operations

    path, locations = write(target)
    click.echo(f"Wrote {path}: {', '.join(location.name for location in locations)}")
    click.echo("  `dagway doctor` says what is missing, `dagway up` runs it.", err=True)
    if not any(has_operations(location.root) for location in locations):
        click.echo(
            "  Messages of failed runs, links to code, freshness for all and a daily report:"
            " put `dagway.operations.with_operations` round the definitions.",
            err=True,
        )
