"""`dagway simulate`: a vendor's API on this machine, until Ctrl-C."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

import click

from dagway.cli._output import OutputFormat, format_option, print_json
from dagway.simulators.by_hand import run, vendors

if TYPE_CHECKING:
    from dagway.simulators.by_hand import Running


@click.command()
@click.argument("vendor", type=click.Choice(vendors()))
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port to serve on; a free one if left out."
)
@format_option
def simulate(vendor: str, port: int, output_format: OutputFormat) -> None:
    """Run a local stand-in of VENDOR's API until Ctrl-C, and say how to reach it.

    It is the simulator that components use in demo mode. Requests that it does not cover are answered 501.

    \b
        dagway simulate fivetran --port 8900
    """
    ended = threading.Event()

    def end(_number: int, _frame: object) -> None:
        ended.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    with run(vendor, port) as running:
        print_json(running) if output_format == "json" else click.echo(_text(running))
        ended.wait()


def _text(running: Running) -> str:
    lines = [f"{running.title} is simulated at {running.address}", f"  covers {running.covers}"]
    lines += [f"  {name}: {value}" for name, value in running.credentials.items()]
    lines += [f"  demo mode uses it with {running.variable}={running.address}", "  Ctrl-C ends it."]
    return "\n".join(lines)
