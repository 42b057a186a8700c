"""`dagway deploy`: a new version of a code location on a platform that is up."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("deploy")
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--rollback", is_flag=True, help="Go back to the version before.")
@click.option(
    "--location", "-l", metavar="NAME", help="The code location; may be left out where there is one."
)
@click.option(
    "--platform",
    "target",
    metavar="PROJECT",
    type=click.Path(path_type=Path),
    default=Path(),
    help="The project or platform.yaml that is up; here if left out.",
)
def deploy(folder: Path | None, rollback: bool, location: str | None, target: Path) -> None:
    """Serve a code location from FOLDER, a checkout of its new version, on a platform that is up.

    What does not load is refused, and nothing changes. Runs under way finish in the old folder, other locations are not touched,
    and the choice outlives the platform.

    \b
        git worktree add ../sales-2 v2 && dagway deploy ../sales-2
        dagway deploy --rollback
    """
    from dagway.platform.deploy import deploy as put
    from dagway.platform.state import as_running

    if rollback == (folder is not None):
        raise click.UsageError("Give the folder of the new version, or --rollback.")
    done = put(as_running(target), folder, location)
    click.echo(f"{done.location} is served from {done.now}.")
    click.echo(f"  Runs under way finish in {done.before}; `dagway deploy --rollback` goes back to it.")
