"""Writes the first blueprint as text: valid at once, with what was inferred, from how many rows, beside each line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import cache

from dagway.blueprint.files import DATA_ENDINGS
from dagway.draft.model import ColumnProfile, Reference, SourceProfile, TableProfile
from dagway.draft.names import STAGING, staging_names
from dagway.draft.profile import is_named_like_an_id, is_number, quoted

FILL_IN = "  # fill in"
_PLAIN = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
_WORDS = {"true", "false", "null", "yes", "no", "on", "off"}


def blueprint_text(name: str, sources: Sequence[SourceProfile]) -> str:
    """The whole blueprint."""
    lines = [
        *_heading(sources),
        "blueprint: 1",
        f"name: {name}",
        f"description: Typed and checked tables of {_listed(source.name for source in sources)}.{FILL_IN}",
        f"owners: [team:owner]{FILL_IN}",
        f"tags: {{domain: {name}}}{FILL_IN}",
        f"timezone: UTC{FILL_IN}",
        "",
        "requirements:",
        *_requirements(sources),
        "",
        "warehouse:",
        "  integration: duckdb",
        """  database: "{{ env('WAREHOUSE_PATH', 'data/warehouse.duckdb') }}\"""",
        "",
        "sources:",
        *(line for source in sources for line in _source(source, f"R{sources.index(source) + 1}")),
        "",
        "assets:",
        *(line for line in _assets(sources, f"R{len(sources) + 1}")),
        "schedules:",
        "  daily:",
        '    cron: "0 5 * * *"' + FILL_IN,
        '    selection: "*"',
        '    ready_by: "06:00"' + FILL_IN,
        # Only what runs it each day shows that a source's tables arrive each day.
        f"    meets: [{', '.join(f'R{number}' for number in (*range(1, len(sources) + 1), len(sources) + 2))}]",
    ]
    return "\n".join(lines) + "\n"


def _heading(sources: Sequence[SourceProfile]) -> list[str]:
    lines = [
        '# A first blueprint, drafted from the data. Lines marked "fill in" are guesses of what only people know.',
        "# Types, keys and checks were inferred from these rows:",
    ]
    return lines + [f"#   {line}" for source in sources for line in table_lines(source)]


def table_lines(source: SourceProfile) -> list[str]:
    """A line for each table: how many rows were read, and its key."""
    lines: list[str] = []
    for table in source.tables:
        found = "declared" if table.key_declared else "never repeats"
        key = f"key {', '.join(table.key)} ({found})" if table.key else "no key"
        lines.append(f"{source.name}/{table.name}: {_rows(table)}, {key}")
    return lines


def _requirements(sources: Sequence[SourceProfile]) -> list[str]:
    lines = [f"  R{number}: {_scalar(_arrives(source))}{FILL_IN}" for number, source in enumerate(sources, 1)]
    count = len(sources)
    return [
        *lines,
        f"  R{count + 1}: Each table is typed, and what is known of its values stays true.{FILL_IN}",
        f"  R{count + 2}: The tables are ready by 06:00.{FILL_IN}",
    ]


def _arrives(source: SourceProfile) -> str:
    names = _listed(table.name for table in source.tables)
    said = (
        f"table {names} of {source.name} arrives"
        if len(source.tables) == 1
        else f"tables {names} of {source.name} arrive"
    )
    return f"The {said} every day."


def _source(source: SourceProfile, requirement: str) -> list[str]:
    place = (
        f"    path: {_scalar(source.address)}"
        if source.kind == "files"
        else f"""    connection: "{{{{ env('{source.address}') }}}}\""""
    )
    return [
        f"  {source.name}:",
        f"    integration: {source.integration}",
        place,
        "    tables:",
        *(line for table in source.tables for line in _source_table(source, table)),
        f"    demo: {_scalar(source.demo)}",
        f"    meets: [{requirement}]",
    ]


def _source_table(source: SourceProfile, table: TableProfile) -> list[str]:
    lines = [f"      {table.name}:"]
    if source.kind == "files" and not _is_found_by_name(table, source.tables):
        lines.append(f"        path: {_scalar(table.origin)}")
    if source.kind == "database" and table.origin != table.name:
        lines.append(f"        name: {_scalar(table.origin)}")
    lines.append(
        f"        description: {_scalar(f'Rows of {table.name}, as they stand in {source.name}.')}{FILL_IN}"
    )
    lines.append("        columns:")
    lines += [f"          {_column(column, table)}" for column in table.columns]
    return lines


def _column(column: ColumnProfile, table: TableProfile) -> str:
    found = f"  # reads as {column.reads_as} in {_rows(table)}" if column.reads_as else ""
    return f"{_scalar(column.name)}: {_scalar(column.type)}{found}"


def _is_found_by_name(table: TableProfile, tables: Sequence[TableProfile]) -> bool:
    """Whether the folder has one file of the table's name, with an ending that need not be said."""
    stem = f"{table.name}."
    same = [other for other in tables if other.origin.startswith(stem)]
    return same == [table] and table.origin.removeprefix(table.name) in DATA_ENDINGS


def _assets(sources: Sequence[SourceProfile], requirement: str) -> Iterable[str]:
    names = staging_names((source.name, table.name) for source in sources for table in source.tables)
    for source in sources:
        for table in source.tables:
            yield f"  {STAGING}/{names[source.name, table.name]}:"
            yield f"    description: {_scalar(f'Rows of {table.name}, typed and checked.')}{FILL_IN}"
            yield "    sql: |"
            yield "      select"
            yield ",\n".join(
                f"        cast({_sql(c.name)} as {c.meant}) as {_sql(c.name)}" for c in table.columns
            )
            yield f"      from {_sql(source.name)}.{_sql(table.name)}"
            checks = list(_checks(source, table))
            if checks:
                yield "    checks:"
                yield from checks
            yield f"    meets: [{requirement}]"
            yield ""


def _checks(source: SourceProfile, table: TableProfile) -> Iterable[str]:
    rows = _rows(table)
    if table.key:
        key = _scalar(table.key[0]) if len(table.key) == 1 else _flow(table.key)
        yield f"      - unique: {key}  # {'declared' if table.key_declared else 'no repeat'} in {rows}"
    full = [column.name for column in table.columns if table.read and not column.nulls]
    if full:
        yield f"      - not_null: {_flow(full)}  # in {rows}"
    for column in table.columns:
        if column.values:
            values = _flow(column.values)
            yield f"      - accepted_values: {{column: {_scalar(column.name)}, values: {values}}}  # all in {rows}"
        elif bounds := _bounds(column, table):
            yield f"      - range: {{column: {_scalar(column.name)}, {bounds}}}  # found {column.low} to {column.high}"
    for reference in source.references:
        if reference.table == table.name:
            yield from _relationship(source, reference)


def _relationship(source: SourceProfile, reference: Reference) -> Iterable[str]:
    parts = [f"column: {_scalar(reference.column)}", f"to: {source.name}/{reference.to}"]
    if reference.to_column != reference.column:
        parts.append(f"to_column: {_scalar(reference.to_column)}")
    found = f"{reference.missing:,} of {reference.distinct:,} values missing"
    yield f"      - relationship: {{{', '.join(parts)}}}  # {found}"
    if reference.missing:
        yield "        severity: warn"


def _bounds(column: ColumnProfile, table: TableProfile) -> str:
    """Zero as the least value where nothing lies below it, and one as the greatest for shares; keys have none."""
    if not is_number(column.type) or column.low is None or column.high is None or column.name in table.key:
        return ""
    if is_named_like_an_id(column.name) or float(column.low) < 0 or column.distinct < 3:
        return ""
    share = float(column.high) <= 1 and "INT" not in column.type
    return "min: 0, max: 1" if share else "min: 0"


def _rows(table: TableProfile) -> str:
    of = f"{table.read:,} of " if table.read != table.rows else ""
    return f"{of}{counted(table.rows, 'row')}"


def counted(number: int, noun: str) -> str:
    """`1 row`, `2,000 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _listed(names: Iterable[str]) -> str:
    *first, last = list(names)
    return f"{', '.join(first)} and {last}" if first else last


def _flow(values: Iterable[object]) -> str:
    return "[" + ", ".join(_scalar(value) for value in values) + "]"


def _scalar(value: object) -> str:
    """The value as YAML: plain where it is a word, quoted otherwise."""
    if isinstance(value, int):
        return str(value)
    text = str(value)
    return text if _PLAIN.match(text) and text.lower() not in _WORDS else json.dumps(text, ensure_ascii=False)


def _sql(name: str) -> str:
    """The name as SQL: quoted where it is not a plain lower-case word."""
    plain = re.fullmatch(r"[a-z_][a-z0-9_]*", name) and not _is_word_of_sql(name)
    return name if plain else quoted(name)


@cache
def _is_word_of_sql(name: str) -> bool:
    """Whether the warehouse keeps the word for itself, or the reader of queries takes it for a statement."""
    from dagway.sql.parse import SqlError, statement

    try:
        statement(f"select cast({name} as integer) as {name} from {name}.{name}", "duckdb")
    except SqlError:
        return True
    return name in _reserved()


@cache
def _reserved() -> frozenset[str]:
    import duckdb

    with duckdb.connect() as connection:
        words = connection.execute(
            "select keyword_name from duckdb_keywords() where keyword_category <> 'unreserved'"
        )
        return frozenset(row[0] for row in words.fetchall())
