"""`dagway explain`: the page of one rule."""

from __future__ import annotations

import click

from dagway.cli._complete import rule_ids
from dagway.cli._output import OutputFormat, format_option, print_json


@click.command()
@click.argument("rule", shell_complete=rule_ids)
@format_option
def explain(rule: str, output_format: OutputFormat) -> None:
    """Say what RULE finds, why it matters, and show a broken and a right example."""
    from dagway.rules.config import unknown
    from dagway.rules.library import library
    from dagway.rules.pages import page

    known = {item.id: item for item in library()}
    if rule not in known:
        raise unknown("explain", "rule", rule, list(known))
    found = known[rule]
    if output_format == "json":
        print_json({"id": found.id, "severity": found.severity, "summary": found.summary, **found.page})
    else:
        click.echo(page(found).rstrip())
