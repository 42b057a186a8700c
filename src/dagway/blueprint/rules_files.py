"""Rules on the files and folders that a blueprint names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from dagway.blueprint import model
from dagway.blueprint.files import DemoTable, Folder, PathError, names_file
from dagway.blueprint.outline import Line, Table, built, checks, section, tables
from dagway.blueprint.page import Page
from dagway.blueprint.tree import Entry, Mapping, text_of

_FUNCTION = re.compile(model.PYTHON)


def check_files(root: Mapping, page: Page, folder: Folder) -> None:
    """Every file that must be there is, and no path leaves the folder; texts are kept in `folder`."""
    for entry in _sql(root):
        _try(entry, page, folder.sql, only=names_file)
    for entry in _python(root):
        _try(entry, page, lambda text: folder.python(text.partition(":")[0]), only=_FUNCTION.match)
    for source in section(root, "sources"):
        named = [_demo_table(table) for table in tables(source)]
        _try(source.get("demo"), page, lambda text, named=named: folder.demo(text, named))
    for line in _local(root):
        _try(line.get("path"), page, folder.inside, only=lambda text: "{{" not in text and "://" not in text)


def _demo_table(table: Table) -> DemoTable:
    said, name = table.line, table.key.partition("/")[2]
    path = said.text("path") if said else None
    is_address = path is not None and ("{{" in path or "://" in path)
    return DemoTable(name, said.text("name") if said else None, None if is_address else path)


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


def _local(root: Mapping) -> Iterator[Line]:
    for name in ("sources", "exports"):
        for line in section(root, name):
            if line.text("integration") == "filesystem":
                yield line
                yield from (table.line for table in tables(line) if table.line)
