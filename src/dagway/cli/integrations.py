"""`dagway integrations`: what the catalogue knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dagway.catalog import ROLES, Catalog, Integration, Role, alternatives, catalog
from dagway.cli._complete import category_names, integration_names
from dagway.cli._output import OutputFormat, console, format_option, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table
    from rich.text import Text

# Below these widths, in characters, a column would break the words of the others.
ROOM_FOR_TESTED = 60
ROOM_FOR_ROLES = 110
HINT = "A name alone shows package, component and documentation: dagway integrations postgres"


@click.command()
@click.argument("query", nargs=-1, shell_complete=integration_names)
@click.option(
    "--category",
    help="Only this category, such as ETL, storage or warehouse.",
    shell_complete=category_names,
)
@click.option("--role", type=click.Choice(ROLES), help="Only what can play this part in a blueprint.")
@format_option
@click.pass_context
def integrations(
    context: click.Context,
    query: tuple[str, ...],
    category: str | None,
    role: Role | None,
    output_format: OutputFormat,
) -> None:
    """List what a blueprint can connect to, and how Dagway tests it.

    QUERY is a name, or words that all must occur.
    """
    known = catalog()
    words = " ".join(query)
    found = _filtered(known.search(words), _known_category(known, category), role)
    if output_format == "json":
        print_json(found)
    elif found:
        _print_text(found, known.get(words))
    if not found:
        narrowed = " with these options" if category or role else ""
        click.echo(_nothing_found(known, query, narrowed), err=True)
        context.exit(1)


def _known_category(known: Catalog, category: str | None) -> str | None:
    """The category as the catalogue writes it."""
    if category is None:
        return None
    for one in known.categories:
        if one.casefold() == category.casefold():
            return one
    raise click.BadParameter(
        f"'{category}' is not one of: {', '.join(known.categories)}.", param_hint="'--category'"
    )


def _filtered(
    found: Sequence[Integration], category: str | None, role: Role | None
) -> tuple[Integration, ...]:
    return tuple(
        one
        for one in found
        if (category is None or one.category == category) and (role is None or role in one.roles)
    )


def _nothing_found(known: Catalog, query: tuple[str, ...], narrowed: str) -> str:
    asked = " ".join(query)
    near = dict.fromkeys(name for text in (asked, *query) for name in known.similar(text))
    message = (
        f"No integration matches '{asked}'{narrowed}." if asked else f"There is no integration{narrowed}."
    )
    advice = f"Nearest names: {', '.join(near)}." if near else "Try fewer words, or none to list all of them."
    return f"{message}\n  {advice}"


def _print_text(found: Sequence[Integration], named: Integration | None) -> None:
    """The one that was named in full, and the rest as a table."""
    screen = console()
    if named not in found:
        named = found[0] if len(found) == 1 else None
    if named is not None:
        # Addresses and class names are for copying: they are never wrapped.
        screen.print(_in_full(named), soft_wrap=True)
    rest = [one for one in found if one != named]
    if rest:
        screen.print(_table(rest, screen.width))
        screen.print(f"{len(found)} integrations. {HINT}", style="dim")


def _in_full(one: Integration) -> Text:
    from rich.text import Text

    text = Text.assemble((one.title, "bold"), f": {one.description}\n")
    for label, value in _details(one):
        text.append(f"  {label:<14} ", style="cyan").append(f"{value}\n")
    return text


def _details(one: Integration) -> list[tuple[str, str]]:
    served = [(f"as {role}", _served(one, role)) for role in one.roles]
    by_hand = [("by hand", ", ".join(one.library))] if one.library else []
    return [
        ("name", ", ".join((one.name, *one.aliases))),
        ("category", one.category),
        ("package", one.package or "none"),
        ("component", one.component or "none"),
        *served,
        *by_hand,
        ("tested", one.tested),
        ("documentation", one.docs),
    ]


def _served(one: Integration, role: Role) -> str:
    others = ", ".join(other.name for other in alternatives(one, role))
    return one.dagway.get(role, "not from a blueprint yet") + (f"; or {others}" if others else "")


def _table(found: Sequence[Integration], width: int) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column("Name", style="cyan", no_wrap=True)
    if width >= ROOM_FOR_TESTED:
        table.add_column("Category", no_wrap=True)
        table.add_column("Tested", no_wrap=True)
    if width >= ROOM_FOR_ROLES:
        table.add_column("Roles", no_wrap=True)
    table.add_column("What it is")
    for one in found:
        table.add_row(*_cells(one, width))
    return table


def _cells(one: Integration, width: int) -> list[str]:
    tested = [one.category, one.tested] if width >= ROOM_FOR_TESTED else []
    roles = [", ".join(one.roles)] if width >= ROOM_FOR_ROLES else []
    return [one.name, *tested, *roles, one.description]
