"""Rules on names that the built project uses itself: folders, files, resources and environments."""

from __future__ import annotations

from collections.abc import Iterator

from dagway.blueprint.outline import Line, checks, section, tables
from dagway.blueprint.page import Page
from dagway.blueprint.rules_warehouse import ADDRESSED
from dagway.blueprint.tree import Mapping, text_of

FOLDERS = frozenset(
    {"exports", "schedules", "sensors", "alerts", "resources", "automation", "components", "tests"}
)
"""Folders and modules of a project that no group of assets can have."""
RESOURCES = frozenset({"warehouse", "io_manager"})
"""Resources that every project has."""
SCHEMAS = frozenset({"information_schema", "pg_catalog", "system", "temp"})
"""Schemas that a warehouse keeps for itself: none of its tables can be made there."""
_DEFAULT = "default"


def check_project_names(root: Mapping, page: Page) -> None:
    """Note every name on the page that would be two things in the project."""
    for noun, name, at in _groups(root):
        if name.lower() in FOLDERS:
            page.mistake(
                at,
                f"the {noun} `{name}` has the name of a part of the project",
                f"write another, such as {name}_data",
            )
        if name.lower() in SCHEMAS:
            page.mistake(
                at,
                f"the {noun} `{name}` has the name of a schema that the warehouse keeps for itself",
                f"write another, such as {name}_data",
            )
    _check_resources(root, page)
    _check_checks(root, page)
    for line in section(root, "environments"):
        if line.name.lower() == _DEFAULT:
            page.mistake(
                line.at,
                f"the environment `{line.name}` has the name of the blueprint as it stands",
                "write its values outside `environments`, or give it another name",
            )


def _groups(root: Mapping) -> Iterator[tuple[str, str, tuple[int, int]]]:
    """Every folder of definitions: a source, or what stands before the last segment of an asset's key."""
    for source in section(root, "sources"):
        yield "source", source.name, source.at
    for asset in section(root, "assets"):
        yield "asset group", "__".join(asset.name.split("/")[:-1]), asset.at


def _check_resources(root: Mapping, page: Page) -> None:
    databases = {
        f"{export.name}_database": export.name
        for export in section(root, "exports")
        if export.text("integration") in ADDRESSED
    }
    for source in section(root, "sources"):
        if source.name in RESOURCES:
            page.mistake(
                source.at,
                f"the source `{source.name}` has the name of a resource that every project has",
                f"write another, such as {source.name}_source",
            )
        elif source.name in databases:
            page.mistake(
                source.at,
                f"the source `{source.name}` has the name of the database of the export `{databases[source.name]}`",
                "give one of them another name",
            )


def _check_checks(root: Mapping, page: Page) -> None:
    """The checks of a Python asset `a/x` are a file `a/x_checks`, a check in Python is `a/x_<name>`."""
    taken = {file: line for line in section(root, "assets") for file in _files_of_checks(line)}
    for source in section(root, "sources"):
        for table in tables(source):
            taken |= dict.fromkeys(_python_checks(table.key, table.line), source) if table.line else {}
    for asset in section(root, "assets"):
        owner = taken.get(asset.name)
        if owner:
            page.mistake(
                asset.at,
                f"`{asset.name}` has the name of a file of checks of `{owner.name}` on line {owner.at[0]}",
                "give it another name",
            )


def _files_of_checks(asset: Line) -> Iterator[str]:
    if asset.get("python") and any(not check.get("python") for check in checks(asset)):
        yield f"{asset.name}_checks"
    yield from _python_checks(asset.name, asset)


def _python_checks(key: str, line: Line) -> Iterator[str]:
    for check in checks(line):
        if function := text_of(check.get("python")):
            yield f"{key}_{text_of(check.get('name')) or function.rpartition(':')[2]}"
