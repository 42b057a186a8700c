"""`dagway render`: the files that run a platform in containers, a cluster or under systemd."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dagway.cli._output import write_text
from dagway.errors import DagwayError

if TYPE_CHECKING:
    from dagway.platform.render.deployment import Files

KINDS = ("docker", "compose", "helm", "systemd")
_PROFILES = {"docker": "compose", "compose": "compose", "helm": "kubernetes", "systemd": None}


@click.command("render")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("target", metavar="[PROJECT]", type=click.Path(path_type=Path), default=Path())
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the files to this folder instead of printing them; the project's, for an image to be built there.",
)
@click.option("--force", is_flag=True, help="Replace files that are there and say something else.")
def render(kind: str, target: Path, output: Path | None, force: bool) -> None:
    """Write what runs the platform of PROJECT elsewhere: one image for all services, and what starts them.

    \b
        dagway render compose -o .     Dockerfile, compose.yaml with PostgreSQL and Redis
        dagway render helm             values for Dagster's own chart
        dagway render systemd          a unit that keeps `dagway up` running

    No secret is in any file: they name the variables that are to be set.
    """
    files = _rendered(kind, target)
    if output is None:
        for name, text in files.items():
            click.echo(f"# ── {name}\n{text}" if len(files) > 1 else text, nl=len(files) > 1)
        return
    changed = [name for name, text in files.items() if _differs(output / name, text)]
    if changed and not force:
        raise DagwayError(
            f"{', '.join(changed)} in {output} is there already and says something else.",
            "Compare it with what `dagway render` prints; --force replaces it.",
        )
    for name, text in files.items():
        (output / name).parent.mkdir(parents=True, exist_ok=True)
        write_text(output / name, text)


def _rendered(kind: str, target: Path) -> Files:
    import os

    from dagway.platform import login
    from dagway.platform.home import Home
    from dagway.platform.load import find
    from dagway.platform.render.compose import compose, settings
    from dagway.platform.render.deployment import deployment
    from dagway.platform.render.docker import docker
    from dagway.platform.render.helm import helm
    from dagway.platform.render.systemd import systemd
    from dagway.platform.services import served

    platform = find(target, _PROFILES[kind])
    home = Home.of(platform.root, platform.config.home, os.environ)
    found = deployment(platform, served(platform, home))
    match kind:
        case "docker":
            return {**docker(found), **settings(found)}
        case "compose":
            if warning := login.told(platform.config.webserver):
                click.echo(f"The webserver {warning}.", err=True)
            return compose(found)
        case "helm":
            return helm(found)
        case _:
            return systemd(found, Path(shutil.which("dagway") or "/usr/local/bin/dagway"))


def _differs(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8", errors="replace") != text
