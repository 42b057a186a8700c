"""`dagway plan`: what a blueprint will become, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dagway.cli._environment import no_plugins
from dagway.cli._group import Process
from dagway.cli._output import OutputFormat, console, format_option, print_json
from dagway.garbage import no_garbage_collection, no_look_at_the_end

if TYPE_CHECKING:
    from dagway.prototype.model import Plan


@click.command()
@click.argument("blueprint", type=click.Path(path_type=Path))
@click.option("--environment", metavar="NAME", help="Plan with this environment's values.")
@click.option("--columns", is_flag=True, help="Show columns too, with types and where they come from.")
@format_option
@click.pass_obj
def plan(
    process: Process, blueprint: Path, environment: str | None, columns: bool, output_format: OutputFormat
) -> int:
    """Show what a blueprint will become: each part with the reason for it.

    Nothing is written and nothing is run. Ends with status 1 if a requirement is met by no line.
    """
    with no_garbage_collection(), no_plugins():
        found = _planned(blueprint, environment)
        if output_format == "json":
            print_json(found)
        else:
            from dagway.cli._plan_text import render

            render(found, console(), columns=columns)
    if process.is_own:
        no_look_at_the_end()
    return int(bool(found.unmet))


def _planned(blueprint: Path, environment: str | None) -> Plan:
    from dagway.prototype.plan import load_and_plan

    _, found = load_and_plan(blueprint, environment)
    return found
