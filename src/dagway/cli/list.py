"""``dagway list``: what a Dagster project defines, as tables or JSON."""

import gc
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from dagway.project.model import Asset, Project


@click.command("list")
@click.argument("project", type=click.Path(path_type=Path), default=Path())
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Tables for people, or JSON.",
)
@click.option(
    "--select", metavar="SELECTION", help="Only these assets, such as 'group:staging' or '+key:orders'."
)
def list_command(project: Path, as_json: bool, output_format: str, select: str | None) -> None:
    """List the assets, jobs, schedules, sensors and resources of any Dagster PROJECT.

    PROJECT is a folder, a workspace.yaml, a pyproject.toml or a Python file; the current folder by default.
    """
    from dagway.project.load import load

    loaded = load(project, select)
    # The process ends soon: what was loaded need not be searched for garbage on the way out.
    gc.freeze()
    if as_json or output_format == "json":
        click.echo(json.dumps(loaded.to_json(), indent=2))
    else:
        _print_tables(loaded)


def _print_tables(project: "Project") -> None:
    from rich.console import Console

    console = Console(highlight=False)
    tables = list(_tables(project))
    if not tables:
        console.print(f"{project.name} defines nothing.")
    for table in tables:
        console.print(table)
    _print_total(console, project)


def _print_total(console: "Console", project: "Project") -> None:
    counts = {
        "asset": len(project.assets),
        "asset check": sum(len(asset.checks) for asset in project.assets),
        "job": len(project.jobs),
        "schedule": len(project.schedules),
        "sensor": len(project.sensors),
        "resource": len(project.resources),
    }
    parts = (f"{count} {name}{'s' if count > 1 else ''}" for name, count in counts.items() if count)
    console.print(f"{project.name}: {', '.join(parts) or 'no definitions'}", markup=False)


def _tables(project: "Project") -> Iterable["Table"]:

    for group in sorted({asset.group for asset in project.assets}):
        assets = [asset for asset in project.assets if asset.group == group]
        yield _table(f"Assets · {group}", _ASSET_COLUMNS, (_asset_row(asset) for asset in assets))
    if project.jobs:
        rows = ((job.name, str(len(job.assets)), job.description or "") for job in project.jobs)
        yield _table("Jobs", ("Name", "Assets", "Description"), rows)
    if project.schedules:
        rows = ((item.name, item.cron, item.timezone, item.job, item.status) for item in project.schedules)
        yield _table("Schedules", ("Name", "Cron", "Time zone", "Job", "Status"), rows)
    if project.sensors:
        rows = ((item.name, item.kind, "\n".join(item.targets), item.status) for item in project.sensors)
        yield _table("Sensors", ("Name", "Kind", "Targets", "Status"), rows)
    if project.resources:
        yield _table("Resources", ("Name", "Type"), ((item.name, item.type) for item in project.resources))


_ASSET_COLUMNS = ("Key", "Depends on", "Kinds", "Checks", "Automation", "Owners", "Description")


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
    from rich.table import Table
    from rich.text import Text

    cells = list(rows)
    used = [number for number in range(len(columns)) if any(row[number] for row in cells)]
    table = Table(title=title, title_justify="left", title_style="bold", border_style="dim")
    for number in used:
        table.add_column(columns[number], style="cyan" if number == 0 else "", overflow="fold")
    for row in cells:
        table.add_row(*(Text(row[number]) for number in used))
    return table
