"""`dagway launch`: materializes assets and runs jobs from the terminal."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

from dagway.cli._output import console, print_json
from dagway.errors import DagwayError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from dagway.cli._launch_shown import Format, Shown
    from dagway.launch.progress import Progress
    from dagway.launch.request import Request
    from dagway.launch.saying import Saying

FAILED = 1
URL = "DAGWAY_URL"


class Launch(Protocol):
    """What is launched, here or on a platform."""

    def sayings(self) -> Iterator[Saying]:
        """What happens, until the last run is over."""
        ...

    def cancel(self) -> None:
        """Has the run end its steps, then itself."""
        ...

    def force(self) -> None:
        """Ends it at once."""
        ...

    def kill(self) -> None:
        """Ends whatever still works on it."""
        ...

    def close(self) -> None:
        """Lets go of it."""
        ...


@click.command("launch")
@click.argument("project", type=click.Path(path_type=Path), default=Path())
@click.option(
    "--select",
    "-s",
    multiple=True,
    metavar="SELECTION",
    help="These assets, such as 'group:staging' or '+orders'; of an op job, these ops.",
)
@click.option("--job", "-j", metavar="NAME", help="This job; with --select only a part of it.")
@click.option("--partition", metavar="KEY", help="This partition.")
@click.option(
    "--partition-range", metavar="FIRST...LAST", help="These partitions; either end may be left out."
)
@click.option(
    "--config",
    "-c",
    multiple=True,
    metavar="FILE|YAML",
    help="Run configuration: a YAML or JSON file, or the configuration itself. Of several, the first counts.",
)
@click.option("--tag", multiple=True, metavar="KEY=VALUE", help="A tag for the run.")
@click.option("--last-failed", is_flag=True, help="Run again what the last run that failed has not done.")
@click.option("--from-failure", metavar="RUN", help="The same for this run: its id, or the beginning of it.")
@click.option("--location", metavar="NAME", help="The code location, where the project has several.")
@click.option("--environment", metavar="NAME", help="With this environment's values (DAGWAY_ENVIRONMENT).")
@click.option(
    "--demo", is_flag=True, help="Demo data and local simulators: no credential and no network are needed."
)
@click.option(
    "--url",
    envvar=URL,
    show_envvar=True,
    metavar="URL",
    help="Launch on the platform whose webserver is there. Without it: on the one of PROJECT that is up, else here.",
)
@click.option("--here", is_flag=True, help="Launch in processes of this command, though a platform is up.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "jsonl"]),
    default="text",
    show_default=True,
    help="How to print: for people, the result as JSON, or a line of JSON for each event.",
)
@click.option("--json", "as_json", is_flag=True, help="Same as --format json.")
def launch(
    project: Path,
    select: tuple[str, ...],
    job: str | None,
    partition: str | None,
    partition_range: str | None,
    config: tuple[str, ...],
    tag: tuple[str, ...],
    last_failed: bool,
    from_failure: str | None,
    location: str | None,
    environment: str | None,
    demo: bool,
    url: str | None,
    here: bool,
    output_format: Format,
    as_json: bool,
) -> int:
    """Materialize assets, or run a job, of any Dagster PROJECT.

    PROJECT is a folder, a workspace.yaml, a pyproject.toml or a Python file; the current folder by default. Its definitions
    are loaded once; runs and steps are processes that fork from there. A range of partitions is one run where all
    assets' backfill policies allow that, else one run after the other. Runs are recorded in DAGSTER_HOME, or else in
    the project's .dagway/home, where Dagster's UI shows them. Where `dagway up` runs the project, they are launched there;
    --here, --environment and --demo launch here all the same.

    Ctrl-C cancels: steps end, resources are torn down, the run is recorded as canceled. A second Ctrl-C ends all at once.

    \b
        dagway launch --select '+orders' my_project
        dagway launch --select group:daily --partition-range 2024-01-01...2024-01-31
        dagway launch --job nightly --config '{ops: {load: {config: {limit: 10}}}}'

    The exit status is 0 if all runs succeeded, 1 if one did not, 2 for an error before the first, 130 if it was canceled here.
    """
    from dagway.launch.configuration import configuration, span, tags
    from dagway.launch.request import Request

    _check(select, job, partition, partition_range, last_failed, from_failure)
    request = Request(
        project=str(project.absolute()),
        select=select,
        job=job or "",
        partition=partition or "",
        partition_range=span(partition_range) if partition_range else None,
        config=configuration(config),
        tags=tags(tag),
        location=location or "",
        from_failure="last" if last_failed else from_failure or "",
    )
    if url and (environment or demo):
        raise click.UsageError(
            "--url and --environment or --demo exclude each other: the platform has its own."
        )
    if url and here:
        raise click.UsageError("--url and --here exclude each other.")
    there = None if here or environment or demo else _there(request, url)
    started = there or _here(request, environment, demo=demo)
    return _followed(started, "json" if as_json else output_format)


def _check(
    select: tuple[str, ...],
    job: str | None,
    partition: str | None,
    partition_range: str | None,
    last_failed: bool,
    from_failure: str | None,
) -> None:
    """What excludes what."""
    again = last_failed or from_failure
    if not (select or job or again):
        raise click.UsageError("Nothing is asked for: name assets by --select, or a job by --job.")
    if partition and partition_range:
        raise click.UsageError("--partition and --partition-range exclude each other.")
    if again and (select or job or partition or partition_range or (last_failed and from_failure)):
        raise click.UsageError("A run is done again as it was: leave out --select, --job and partitions.")


def _here(request: Request, environment: str | None, *, demo: bool) -> Launch:
    from dagway.launch.local import LocalLaunch, environment_of

    return LocalLaunch(request, environment_of(os.environ, environment=environment, demo=demo))


def _there(request: Request, url: str | None) -> Launch | None:
    """On the platform at this address, or else on the one that serves the project; None where there is none."""
    from dagway.platform.serving import serving

    try:
        own = serving(Path(request.project))
    except DagwayError:
        if url is None:
            raise
        own = None
    if own is None and url is None:
        return None
    from dagway.launch.graphql import Webserver
    from dagway.launch.log_in import is_at, log_in
    from dagway.launch.platform import PlatformLaunch
    from dagway.platform.login import adopt

    address = own.state.webserver if own else None
    if own and (url is None or is_at(url, address)):
        adopt(own.platform)
    if own and url is None:
        request = replace(request, location=request.location or own.location)
        click.echo(f"Launched on the platform that is up, {address} (--here: not there).", err=True)
    chosen = (url or address or "").rstrip("/")
    return PlatformLaunch(request, Webserver(chosen, log_in(chosen, address, os.environ)))


def _followed(started: Launch, output_format: Format) -> int:
    """Shows what happens until it is over; the exit status."""
    from dagway.cli._launch_shown import shown
    from dagway.launch.progress import Progress

    progress = Progress()
    try:
        with shown(output_format) as screen, _interruptible(started, screen) as signals:
            for saying in started.sayings():
                progress.hear(saying)
                screen.hear(saying, progress)
    finally:
        started.close()
    _tell(progress, output_format)
    if signals:
        return 128 + signals[0]
    return 0 if progress.succeeded else FAILED


@contextmanager
def _interruptible(started: Launch, screen: Shown) -> Generator[list[int]]:
    """While this is open, Ctrl-C and SIGTERM cancel; the second one ends, the third one kills. Gives what has come."""
    came: list[int] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        came.append(number)
        if len(came) == 1:
            started.cancel()
            # The screen may be in the middle of a line: what is under way stands above what is told.
            with suppress(RuntimeError):
                screen.note("Canceling … (once more to end at once)")
        elif len(came) == 2:
            started.force()
        else:
            started.kill()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell(progress: Progress, output_format: Format) -> None:
    """The result."""
    if output_format == "json":
        print_json(progress)
    elif output_format == "jsonl":
        import json

        click.echo(json.dumps({"kind": "result", **progress.to_json()}, ensure_ascii=False))
    else:
        from dagway.cli._launch_text import result

        screen = console()
        for text, style in result(progress):
            screen.print(text, style=style, soft_wrap=True)
