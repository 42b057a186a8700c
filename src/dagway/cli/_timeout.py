"""How long a proof may take: the option of every command that proves."""

from __future__ import annotations

import click

TIMEOUT = 1800.0

timeout_option = click.option(
    "--timeout",
    type=click.FloatRange(min=1),
    default=TIMEOUT,
    show_default=True,
    help="Seconds after which the proof is given up.",
)
