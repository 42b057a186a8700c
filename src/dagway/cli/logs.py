"""`dagway logs`: what the services of a platform have printed."""

from __future__ import annotations

import time
from pathlib import Path

import click

from dagway.errors import DagwayError

#: Seconds between two looks for new lines.
_PAUSE = 0.1


@click.command("logs")
@click.argument("service", required=False)
@click.option(
    "--project",
    type=click.Path(path_type=Path),
    default=Path(),
    help="The project's folder; the current one if left out.",
)
@click.option("--lines", "-n", type=click.IntRange(0), default=50, show_default=True, help="Of each service.")
@click.option("--follow", "-f", is_flag=True, help="Go on with what comes, until Ctrl-C.")
def logs(service: str | None, project: Path, lines: int, follow: bool) -> None:
    """Print the last lines of SERVICE, or of every service of the platform."""
    import os

    from dagway.cli._service_lines import ServiceLines
    from dagway.platform.home import Home
    from dagway.platform.log import Log
    from dagway.platform.state import as_running

    platform = as_running(project)
    home = Home.of(platform.root, platform.config.home, os.environ)
    known = {path.stem: Log(path, is_kept=False) for path in sorted(home.logs.glob("*.log"))}
    if not known:
        raise DagwayError(f"There are no logs in {home.logs}.", "`dagway up` writes them.")
    if service is not None and service not in known:
        raise DagwayError(f"There is no log of {service!r}.", f"There are: {', '.join(known)}.")
    chosen = {service: known[service]} if service else known
    shown = ServiceLines(list(chosen))
    for name, log in chosen.items():
        log.skip()
        for line in log.tail(lines):
            shown.tell(name, line)
    while follow:
        for name, log in chosen.items():
            for line in log.lines():
                shown.tell(name, line)
        time.sleep(_PAUSE)
