"""`dagway rules`: the conventions that are checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from dagway.cli._output import OutputFormat, console, format_option, print_json

if TYPE_CHECKING:
    from dagway.rules.rule import Rule

KINDS = {"S": "text", "L": "definitions"}


@click.command()
@click.option("--severity", type=click.Choice(["error", "warning", "note"]), help="Only these.")
@format_option
def rules(severity: str | None, output_format: OutputFormat) -> None:
    """List the rules: what each reads, how severe it is, and whether it can mend what it finds."""
    from dagway.rules.library import library

    found = [rule for rule in library() if severity in {None, rule.severity}]
    if output_format == "json":
        print_json({"rules": [_json(rule) for rule in found]})
    else:
        _print_table(found)


def _json(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "kind": rule.kind,
        "severity": rule.severity,
        "fixable": rule.fixable,
        "summary": rule.summary,
        "options": dict(rule.options),
    }


def _print_table(found: Sequence[Rule]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD)
    for column in ("Rule", "Severity", "Reads", "Fix", "Finds"):
        table.add_column(column, no_wrap=column == "Rule")
    for rule in found:
        table.add_row(rule.id, rule.severity, KINDS[rule.kind], "yes" if rule.fixable else "", rule.summary)
    shown = console()
    shown.print(table)
    shown.print(f"{len(found)} rules. `dagway explain RULE` says what one finds, why, and how to mend it.")
