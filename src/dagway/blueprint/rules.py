"""Rules between parts of one blueprint: exactly one of several keys, and what a kind of thing needs."""

from __future__ import annotations

import keyword
import sys
from collections.abc import Iterable

from dagway.blueprint.model import MOST_KINDS, Asset, Sensor
from dagway.blueprint.outline import SECTIONS, Line, section, tables, texts
from dagway.blueprint.page import Page
from dagway.blueprint.rules_warehouse import ADDRESSED, ENV, check_warehouse
from dagway.blueprint.stores import FILES
from dagway.blueprint.tree import Entry, Mapping, text_of
from dagway.blueprint.words import keys_of

FILE_DATABASES = frozenset({"sqlite", "duckdb"})
FORMATS = (".parquet", ".csv")
"""How a file that is written may end."""
_TAKEN = frozenset(
    {
        "dagster",
        "dagway",
        "duckdb",
        "pandas",
        "pyarrow",
        "pydantic",
        "sqlalchemy",
        "tests",
        "evidence",
        "data",
    }
)


def check_rules(root: Mapping, page: Page) -> None:
    """Note every broken rule on the page."""
    _check_project(root, page)
    check_warehouse(root, page)
    for source in section(root, "sources"):
        _check_source(source, page)
        _check_incremental(source, source.get("partitions"), page)
        for table in tables(source):
            if table.line:
                _check_kinds(source, table.line, page)
                _check_incremental(table.line, table.line.get("partitions") or source.get("partitions"), page)
    for asset in section(root, "assets"):
        _check_asset(asset, page)
        _check_incremental(asset, asset.get("partitions"), page)
    for export in section(root, "exports"):
        _check_export(export, page)
    for sensor in section(root, "sensors"):
        _check_sensor(sensor, page)
    for alert in section(root, "alerts"):
        if not alert.get("slack") and not alert.get("webhook"):
            page.mistake(
                alert.at,
                f"the alert `{alert.name}` reaches nobody",
                'write `slack: "#channel"` or `webhook: …`',
            )
    for name in ("schedules", "sensors", "alerts"):
        _check_selections(section(root, name), page)


def is_taken(name: str) -> bool:
    """Whether a project of that name would hide a module that it needs, or could not be imported."""
    return name in sys.stdlib_module_names or name in _TAKEN or keyword.iskeyword(name)


def _check_project(root: Mapping, page: Page) -> None:
    entry = root.get("name")
    name = text_of(entry)
    if entry and name and is_taken(name):
        page.mistake(
            entry.at,
            f"`{name}` is the name of a module that the project needs",
            f"write another, such as {name}_project",
        )
    for part in SECTIONS:
        for line in section(root, part):
            last = line.name.rpartition("/")[2]
            if keyword.iskeyword(last):
                page.mistake(line.at, f"`{last}` is a word of Python", f"write another name, such as {last}_")


def _check_source(source: Line, page: Page) -> None:
    integration = source.text("integration")
    if integration in ADDRESSED | FILE_DATABASES and not source.get("connection"):
        page.mistake(
            source.at,
            f"the source `{source.name}` needs `connection`",
            f"write `connection: {_example(integration)}`",
        )
    if integration in FILES and not source.get("path"):
        named = list(tables(source))
        if not named or not all(table.line and table.line.get("path") for table in named):
            page.mistake(
                source.at,
                f"the source `{source.name}` needs `path`",
                "write the folder or address of its files",
            )


def _check_kinds(source: Line, table: Line, page: Page) -> None:
    """Those of a source and of its table add up; alone, each is within bounds."""
    own = table.get("kinds")
    of_table, of_source = ({word.text for word in texts(line.get("kinds"))} for line in (table, source))
    if own and of_source and max(len(of_table), len(of_source)) <= MOST_KINDS < len(of_table | of_source):
        page.mistake(
            own.at,
            f"`kinds` of `{table.name}` and of its source are {len(of_table | of_source)}, and Dagster shows {MOST_KINDS}",
            f"keep {MOST_KINDS} together",
        )


def _check_asset(asset: Line, page: Page) -> None:
    given = [key for key in ("sql", "python") if asset.get(key)]
    if len(given) == 2:
        page.mistake(asset.at, f"`{asset.name}` has both `sql` and `python`", "keep one of them")
    if not given and not _has_unknown(asset, keys_of(Asset)):
        page.mistake(
            asset.at,
            f"`{asset.name}` has neither `sql` nor `python`",
            "write `sql: |` and a query, or `python: file.py:function`",
        )
    if asset.text("materialized") == "view":
        _check_view(asset, page)


def _check_view(asset: Line, page: Page) -> None:
    for key in ("python", "partitions", "incremental"):
        entry = asset.get(key)
        if entry:
            why = (
                "only a query becomes a view"
                if key == "python"
                else "a view holds no rows that could be replaced"
            )
            page.mistake(
                entry.at, f"`{key}` beside `materialized: view`: {why}", "write `materialized: table`"
            )


def _check_incremental(line: Line, partitions: Entry | None, page: Page) -> None:
    incremental = line.get("incremental")
    if incremental and not partitions:
        page.mistake(
            incremental.at,
            f"`incremental` of `{line.name}` has no `partitions` to replace",
            "write `partitions: {daily: 2024-01-01}` beside it, or remove it",
        )
    if line.section == "assets" and partitions and not incremental:
        why = (
            "nothing would tell which rows a partition replaces"
            if line.get("python")
            else "each partition would write all rows of the query again"
        )
        page.mistake(
            partitions.at,
            f"`{line.name}` has `partitions` but no `incremental`: {why}",
            "write `incremental: {column: …}`, the column that says to which partition a row belongs",
        )


def _check_export(export: Line, page: Page) -> None:
    integration = export.text("integration")
    if integration in FILES and not export.get("path"):
        page.mistake(
            export.at,
            f"the export `{export.name}` needs `path`",
            "write `path: s3://bucket/key.parquet` or a file",
        )
    path = export.get("path")
    if integration in FILES and path and not export.get("format") and not _has_format(text_of(path) or ""):
        page.mistake(
            path.at,
            f"the path of the export `{export.name}` ends in no format",
            f"let it end in {' or '.join(FORMATS)}, or write `format: parquet` or `format: csv` beside it",
        )
    if integration in ADDRESSED | FILE_DATABASES:
        for key in ("connection", "table"):
            if not export.get(key):
                example = _example(integration) if key == "connection" else "schema.table"
                page.mistake(
                    export.at, f"the export `{export.name}` needs `{key}`", f"write `{key}: {example}`"
                )


def _example(integration: str | None) -> str:
    """A connection of that kind of database."""
    return f"{integration}:///data/shop.{integration}" if integration in FILE_DATABASES else ENV


def _has_format(path: str) -> bool:
    """Whether the path ends as its format does; a template's value is not known yet."""
    return path.lower().endswith((*FORMATS, "}}"))


def _check_sensor(sensor: Line, page: Page) -> None:
    given = [key for key in ("watch", "asset", "python") if sensor.get(key)]
    if len(given) > 1:
        listed = " and ".join(f"`{key}`" for key in given)
        page.mistake(
            sensor.at, f"the sensor `{sensor.name}` has {listed}", "keep one: `watch`, `asset` or `python`"
        )
    if not given and not _has_unknown(sensor, keys_of(Sensor)):
        page.mistake(
            sensor.at,
            f"the sensor `{sensor.name}` waits for nothing",
            "write `watch: inbox/*.csv`, `asset: group/name` or `python: file.py:function`",
        )


def _has_unknown(line: Line, known: list[str]) -> bool:
    """Whether a key is misspelt: that is said already, and the missing key is likely the one that was meant."""
    return any(key not in known for key in line.node.entries)


def _check_selections(lines: Iterable[Line], page: Page) -> None:
    for line in lines:
        entry = line.get("selection")
        text = text_of(entry)
        if entry and text is not None and not text.strip():
            page.mistake(
                entry.at,
                f"the selection of `{line.name}` is empty",
                'write "*" for everything, or leave it out',
            )
