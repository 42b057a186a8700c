"""Profiles tables that lie in a DuckDB connection."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from dagway.draft.model import ColumnProfile, Reference, TableProfile
from dagway.errors import DagwayError

if TYPE_CHECKING:
    import duckdb

Step = Callable[[int, int], None]
"""Told how many tables are read, and of how many."""

FEW_VALUES = 12
"""Up to so many different texts are taken for a value set."""
ROWS_FOR_A_SET = 50
"""Fewer rows than these say too little about which values a column may take."""
LONGEST_VALUE = 40
"""A longer text is prose or a document, not a value of a set."""
PAIR_COLUMNS = 8
"""Keys of two columns are looked for among the first so many columns."""
_INTEGER = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?")
_NUMBER = re.compile(rf"{_INTEGER.pattern}|DECIMAL\(.*\)|DOUBLE|FLOAT")
_NAMED_LIKE_AN_ID = re.compile(r"(?i:(^|[^a-z])id)$|[a-z]I[dD]$")
_NAMED_LIKE_A_KEY = re.compile(rf"{_NAMED_LIKE_AN_ID.pattern}|(?i:(^|_)(key|code|no|number))$")
READINGS = {
    "DATE": r"\d{4}-\d{2}-\d{2}",
    "TIMESTAMP": r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?",
    "DOUBLE": r"-?(0|[1-9]\d*)\.\d+",
}
"""Type → how a text looks that means it. Whole numbers stay text: they may be postal codes or telephone numbers."""


def profile(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    *,
    origin: str,
    rows: int,
    declared_key: Sequence[str] = (),
) -> TableProfile:
    """The profile of the table `name`, of whose `rows` rows the connection holds all or a sample."""
    described: list[tuple[Any, ...]] = connection.execute(f"describe select * from {quoted(name)}").fetchall()
    types = [(str(row[0]), str(row[1])) for row in described]
    _require_plain_names(origin, types)
    read, columns = _columns(connection, name, types)
    table = TableProfile(name, origin, rows, read, columns)
    key = tuple(declared_key) or _key(connection, table)
    return TableProfile(name, origin, rows, read, columns, key, bool(declared_key))


def _require_plain_names(origin: str, types: list[tuple[str, str]]) -> None:
    strange = next((name for name, _ in types if not name.isprintable()), None)
    if strange is not None:
        raise DagwayError(
            f"{origin}: the column {strange!r} has a control character or a line break in its name.",
            "Rename the column where the data comes from, or move the file out of the folder.",
        )


def is_named_like_an_id(column: str) -> bool:
    """`id`, `order_id` and `orderId`, not `paid`."""
    return _NAMED_LIKE_AN_ID.search(column) is not None


def is_number(kind: str) -> bool:
    """Whether a type of DuckDB is a number, and no list or structure of numbers."""
    return _NUMBER.fullmatch(kind) is not None


def _columns(
    connection: duckdb.DuckDBPyConnection, table: str, types: list[tuple[str, str]]
) -> tuple[int, tuple[ColumnProfile, ...]]:
    measures = ", ".join(
        f"count({quoted(name)}), count(distinct {quoted(name)}),"
        f" min({quoted(name)})::varchar, max({quoted(name)})::varchar"
        for name, _ in types
    )
    (row,) = connection.execute(f"select count(*), {measures} from {quoted(table)}").fetchall()
    read = int(row[0])
    columns: list[ColumnProfile] = []
    for place, (name, kind) in enumerate(types):
        present, distinct, low, high = row[1 + 4 * place : 5 + 4 * place]
        reads_as = _reads_as(connection, table, name) if kind == "VARCHAR" and present else None
        values = _values(connection, table, name) if not reads_as and _is_set(kind, distinct, read) else ()
        columns.append(
            ColumnProfile(name, kind, read - int(present), int(distinct), low, high, values, reads_as)
        )
    return read, tuple(columns)


def _reads_as(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> str | None:
    """The type that every value of a text column reads as; looking stops at the first that does not."""
    name = quoted(column)
    for kind, pattern in READINGS.items():
        other = f"not regexp_full_match({name}, '{pattern}') or try_cast({name} as {kind}) is null"
        found = connection.execute(
            f"select 1 from {quoted(table)} where {name} is not null and ({other}) limit 1"
        ).fetchall()
        if not found:
            return kind
    return None


def _is_set(kind: str, distinct: int, read: int) -> bool:
    return kind == "VARCHAR" and read >= ROWS_FOR_A_SET and 2 <= distinct <= FEW_VALUES


def _values(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> tuple[str, ...]:
    name = quoted(column)
    found = connection.execute(
        f"select distinct {name} from {quoted(table)} where {name} is not null order by 1"
    )
    values = tuple(str(row[0]) for row in found.fetchall())
    return () if any(len(value) > LONGEST_VALUE or value[:1] in "[{" for value in values) else values


def _key(connection: duckdb.DuckDBPyConnection, table: TableProfile) -> tuple[str, ...]:
    """One column without repeats or nulls, the likeliest by its name; else two columns together."""
    if table.read < 2:
        return ()
    whole = [column for column in table.columns if not column.nulls and _can_identify(column)]
    single = [column for column in whole if column.distinct == table.read]
    if single:
        return (min(single, key=lambda column: _likelihood(column, table)).name,)
    for left, right in itertools.combinations(whole[:PAIR_COLUMNS], 2):
        if left.distinct * right.distinct >= table.read and _together(connection, table, left, right):
            return (left.name, right.name)
    return ()


def _can_identify(column: ColumnProfile) -> bool:
    return (
        column.type in {"VARCHAR", "UUID", "DATE"}
        or column.type.startswith("TIMESTAMP")
        or _INTEGER.fullmatch(column.type) is not None
    )


def _likelihood(column: ColumnProfile, table: TableProfile) -> tuple[int, int]:
    """Smaller is likelier: a column named like a key, then the first."""
    named = _NAMED_LIKE_A_KEY.search(column.name) is not None
    return (0 if named else 1, [known.name for known in table.columns].index(column.name))


def _together(
    connection: duckdb.DuckDBPyConnection, table: TableProfile, left: ColumnProfile, right: ColumnProfile
) -> bool:
    pair = f"({quoted(left.name)}, {quoted(right.name)})"
    (row,) = connection.execute(f"select count(distinct {pair}) from {quoted(table.name)}").fetchall()
    return row[0] == table.read


def references(
    connection: duckdb.DuckDBPyConnection,
    tables: Sequence[TableProfile],
    declared: Sequence[tuple[str, str, str, str]] = (),
) -> tuple[Reference, ...]:
    """Columns whose values occur in another table's key of one column, declared or found by name, held against the data.

    `declared` are foreign keys: table, column, table there, column there. A table that was only sampled is no target:
    a value that is missing may lie among the rows not read.
    """
    foreign = frozenset(declared)
    found: list[Reference] = []
    targets = [table for table in tables if len(table.key) == 1 and table.read == table.rows]
    for table, target in itertools.product(tables, targets):
        for column in table.columns:
            known = (table.name, column.name, target.name, target.key[0]) in foreign
            named = table is not target and _named_after(column.name, target)
            if column.distinct == 0 or column.reads_as or not (known or named):
                continue
            reference = _reference(connection, table, column, target)
            if reference and reference.missing * 20 <= reference.distinct:
                found.append(reference)
    return tuple(found)


def _named_after(column: str, target: TableProfile) -> bool:
    name, key, table = column.lower(), target.key[0].lower(), target.name.lower()
    singular = re.sub(r"ies$", "y", table) if table.endswith("ies") else re.sub(r"(?<!s)s$", "", table)
    if name == key:
        return key != "id"
    return name in {f"{singular}_{key}", f"{singular}{key}", f"{table}_{key}", singular} or name.endswith(
        f"_{singular}"
    )


def _reference(
    connection: duckdb.DuckDBPyConnection, table: TableProfile, column: ColumnProfile, target: TableProfile
) -> Reference | None:
    """None where the two columns cannot be compared."""
    import duckdb

    child, parent = quoted(column.name), quoted(target.key[0])
    try:
        (row,) = connection.execute(
            f"select count(*) from (select distinct {child} as value from {quoted(table.name)}"
            f" where {child} is not null) where value not in (select {parent} from {quoted(target.name)})"
        ).fetchall()
    except duckdb.Error:
        return None
    return Reference(table.name, column.name, target.name, target.key[0], column.distinct, int(row[0]))


def quoted(name: str) -> str:
    """The name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
