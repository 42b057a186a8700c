"""Rules on the files and folders that a blueprint names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from dagway.blueprint import model
from dagway.blueprint.files import DemoTable, Folder, PathError, names_file
from dagway.blueprint.held_paths import held_paths, is_address
from dagway.blueprint.outline import Table, built, checks, section, tables
from dagway.blueprint.page import Page
from dagway.blueprint.tree import Entry, Mapping, text_of

_FUNCTION = re.compile(model.PYTHON)


def check_files(root: Mapping, page: Page, folder: Folder) -> None:
    """Every file that must be there is, and no path leaves the folder; texts are kept in `folder`."""
    for entry in _sql(root):
        _try(entry, page, folder.sql, only=names_file)
    for entry in _python(root):
        _try(entry, page, lambda text: folder.python(text.partition(":")[0]), only=_FUNCTION.match)
    refused = set(_leaving(root, page, folder))
    for source in section(root, "sources"):
        named = [_demo_table(table) for table in tables(source) if _place_of_path(table) not in refused]
        _try(source.get("demo"), page, lambda text, named=named: folder.demo(text, named))


def _leaving(root: Mapping, page: Page, folder: Folder) -> Iterator[tuple[int, int]]:
    """Where each path stands that is opened and leaves the folder; a mistake is noted for it."""
    for entry, path in held_paths(root):
        try:
            folder.holds(path)
        except PathError as error:
            elsewhere = "; a place of the machine is `{{ env('NAME') }}`, which whoever runs the project sets"
            page.mistake(entry.at, error.message, error.remedy + elsewhere)
            yield entry.at


def _place_of_path(table: Table) -> tuple[int, int] | None:
    path = table.line.get("path") if table.line else None
    return path.at if path else None


def _demo_table(table: Table) -> DemoTable:
    said, name = table.line, table.key.partition("/")[2]
    path = said.text("path") if said else None
    is_elsewhere = path is not None and ("{{" in path or is_address(path))
    return DemoTable(name, said.text("name") if said else None, None if is_elsewhere else path)


def _try(
    entry: Entry | None,
    page: Page,
    look: Callable[[str], object],
    only: Callable[[str], object] = lambda _: True,
) -> None:
    text = text_of(entry)
    if entry is None or text is None or not only(text):
        return
    try:
        look(text.strip())
    except PathError as error:
        page.mistake(entry.at, error.message, error.remedy)


def _sql(root: Mapping) -> Iterator[Entry]:
    """Every place where a query may stand."""
    for _, line in built(root):
        for part in (line.node, *checks(line)):
            entry = part.get("sql")
            if entry:
                yield entry


def _python(root: Mapping) -> Iterator[Entry]:
    for _, line in built(root):
        for part in (line.node, *checks(line)):
            entry = part.get("python")
            if entry:
                yield entry
    for sensor in section(root, "sensors"):
        entry = sensor.get("python")
        if entry:
            yield entry
