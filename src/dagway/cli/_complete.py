"""What a shell offers in the place of an argument: names that Dagway knows. It runs at each press of the key."""

from __future__ import annotations

from collections.abc import Iterable

import click
from click.shell_completion import CompletionItem


def integration_names(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Integrations, each with its title."""
    from dagway.catalog import catalog

    return _beginning(incomplete, ((one.name, one.title) for one in catalog().integrations))


def category_names(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Categories of integrations."""
    from dagway.catalog import catalog

    return _beginning(incomplete, ((name, "") for name in catalog().categories))


def rule_ids(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Rules by id."""
    from dagway.rules.library import IDS

    return _beginning(incomplete, ((name, "") for name in IDS))


def rule_lists(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Rules by id, after those that are written already, with commas between."""
    written, comma, last = incomplete.rpartition(",")
    found = rule_ids(context, parameter, last)
    return [CompletionItem(f"{written}{comma}{item.value}") for item in found]


def _beginning(incomplete: str, names: Iterable[tuple[str, str]]) -> list[CompletionItem]:
    wanted = incomplete.casefold()
    return [CompletionItem(name, help=about) for name, about in names if name.casefold().startswith(wanted)]
