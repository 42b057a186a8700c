"""`dagway up`: code servers, webserver and daemon as one, until Ctrl-C."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

if TYPE_CHECKING:
    from dagway.platform.load import LoadedPlatform
    from dagway.platform.model import OnStop


@click.command("up")
@click.argument("target", metavar="[PROJECT]", type=click.Path(path_type=Path), default=Path())
@click.option("--profile", help="This profile of platform.yaml; also DAGWAY_PROFILE.")
@click.option("--environment", "-e", metavar="NAME", help="The environment that the project runs in.")
@click.option("--demo", is_flag=True, help="Demo data and local simulators: no credential is needed.")
@click.option("--port", "-p", type=click.IntRange(1, 65535), help="The webserver's port.")
@click.option("--host", help="The address that the webserver listens on.")
@click.option(
    "--on-stop",
    type=click.Choice(["finish", "cancel"]),
    help="What becomes of runs under way at the end; as platform.yaml says if left out, else finish.",
)
def up(
    target: Path,
    profile: str | None,
    environment: str | None,
    demo: bool,
    port: int | None,
    host: str | None,
    on_stop: str | None,
) -> None:
    """Run PROJECT, a workspace.yaml or a platform.yaml as a platform, until Ctrl-C.

    Starts a warm code server for each code location, the webserver and the daemon, waits until each is healthy, and prints the
    address. A service that ends is started again. Nothing has to be installed or configured: what they keep lies in .dagway,
    and platform.yaml, if there is one, says what is to be otherwise.

    Ctrl-C or SIGTERM stops them in order; runs under way finish first. Ctrl-C again cancels those.
    """
    import os

    from dagway.cli._service_lines import ServiceLines
    from dagway.platform import up as platform_up
    from dagway.platform.load import find
    from dagway.platform.services import roots
    from dagway.platform.stopping import signals
    from dagway.platform.variables import settings

    variables = dict(os.environ)
    if demo:
        variables["DAGWAY_DEMO"] = "1"
    if environment:
        variables["DAGWAY_ENVIRONMENT"] = environment
    found = _changed(find(target, profile), port, host)
    prepared = platform_up.prepare(found, variables)
    teller = ServiceLines([platform_up.PLATFORM, *(service.name for service in prepared.services)])
    for one in settings(found, roots(found), variables):
        if one.source == "missing":
            teller.tell(platform_up.PLATFORM, f"{one.lack} Set it, for example in {found.root}/.env.")
    with platform_up.running(prepared, teller.tell) as platform, signals(platform):
        platform.serve(cast("OnStop", on_stop or found.config.runs.on_stop))


def _changed(platform: LoadedPlatform, port: int | None, host: str | None) -> LoadedPlatform:
    """With the address that the command line says."""
    from dataclasses import replace

    said = {name: value for name, value in (("port", port), ("host", host)) if value is not None}
    webserver = platform.config.webserver.model_copy(update=said)
    return replace(platform, config=platform.config.model_copy(update={"webserver": webserver}))
