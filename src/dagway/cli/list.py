"""``dagway list``: what a Dagster project defines, as tables or JSON."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dagway.cli._output import OutputFormat, console, format_option, print_json
from dagway.cli._selected import load_selected

if TYPE_CHECKING:
    from rich.table import Table

    from dagway.project.model import Asset, Project

ASSET_COLUMNS = ("Key", "Depends on", "Kinds", "Checks", "Automation", "Owners", "Description")
MOST_TARGETS = 3


@click.command("list")
@click.argument("project", type=click.Path(path_type=Path), default=Path())
@click.option(
    "--select", metavar="SELECTION", help="Only these assets, such as 'group:staging' or '+key:orders'."
)
@format_option
def list_command(project: Path, select: str | None, output_format: OutputFormat) -> int:
    """List the assets, jobs, schedules, sensors and resources of any Dagster PROJECT.

    PROJECT is a folder, a workspace.yaml, a pyproject.toml or a Python file; the current folder by default.
    The exit status is 1 where a selection matches no asset.
    """
    loaded, status = load_selected(project, select)
    if output_format == "json":
        print_json(loaded)
    elif not status:
        _print_text(loaded)
    return status


def _print_text(project: "Project") -> None:
    shown = console()
    for table in _tables(project):
        shown.print(table)
    shown.print(_totals(project))


def _totals(project: "Project") -> str:
    counts = {
        "asset": len(project.assets),
        "asset check": sum(len(asset.checks) for asset in project.assets),
        "job": len(project.jobs),
        "schedule": len(project.schedules),
        "sensor": len(project.sensors),
        "resource": len(project.resources),
    }
    parts = [f"{count} {name}{'s' if count > 1 else ''}" for name, count in counts.items() if count]
    return f"{project.name}: {', '.join(parts) or 'no definitions'}"


def _tables(project: "Project") -> Iterable["Table"]:

    for group in sorted({asset.group for asset in project.assets}):
        assets = [asset for asset in project.assets if asset.group == group]
        yield _table(f"Assets · {group}", ASSET_COLUMNS, (_asset_row(asset) for asset in assets))
    if project.jobs:
        rows = ((job.name, str(len(job.assets)), job.description or "") for job in project.jobs)
        yield _table("Jobs", ("Name", "Assets", "Description"), rows)
    if project.schedules:
        rows = ((item.name, item.cron, item.timezone, item.job, item.status) for item in project.schedules)
        yield _table("Schedules", ("Name", "Cron", "Time zone", "Job", "Status"), rows)
    if project.sensors:
        rows = ((item.name, item.kind, _few(item.targets), item.status) for item in project.sensors)
        yield _table("Sensors", ("Name", "Kind", "Targets", "Status"), rows)
    if project.resources:
        yield _table("Resources", ("Name", "Type"), ((item.name, item.type) for item in project.resources))


def _few(names: tuple[str, ...]) -> str:
    """The first names, one a line, and how many there are: a sensor may target every asset."""
    rest = (f"… {len(names)} in all",) if len(names) > MOST_TARGETS else ()
    return "\n".join((*names[:MOST_TARGETS], *rest))


def _asset_row(asset: "Asset") -> tuple[str, ...]:
    from dagway.project.model import slash

    return (
        slash(asset.key),
        "\n".join(slash(dep) for dep in asset.deps),
        ", ".join(asset.kinds),
        "\n".join(check.name for check in asset.checks),
        "\n".join(part for part in (asset.automation, asset.partitions) if part),
        ", ".join(asset.owners),
        asset.description or "",
    )


def _table(title: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> "Table":
    """A table without the columns in which no row has anything. Cells are text: brackets in them mean nothing."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    cells = list(rows)
    used = [number for number in range(len(columns)) if any(row[number] for row in cells)]
    table = Table(
        title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, min_width=len(title)
    )
    for number in used:
        style, wrap = ("cyan", False) if number == 0 else ("", True)
        table.add_column(columns[number], style=style, no_wrap=not wrap, overflow="fold")
    for row in cells:
        table.add_row(*(Text(row[number]) for number in used))
    return table
