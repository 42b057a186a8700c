"""Rows from files, as Arrow batches: CSV, Parquet and JSON lines, read by DuckDB."""

from __future__ import annotations

import gzip
import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagway.blueprint.files import DATA_ENDINGS, files_of
from dagway.blueprint.patterns import is_pattern
from dagway.components.partitions import Part, condition, kind_of_type
from dagway.components.quarantine import Quarantine
from dagway.errors import DagwayError
from dagway.sql.csv_lines import refuse_lost_lines

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 100_000
_TEXT = re.compile(r"(varchar|text|string|char|character|bpchar)\b[^\[]*", re.IGNORECASE)
_DECIMAL = re.compile(r"(decimal|numeric|dec)\b[^\[]*", re.IGNORECASE)


def file_of_table(folder: Path, names: tuple[str, ...]) -> Path:
    """The file of a table: `<folder>/<table>` with one of the known endings, or the folder if it is a file itself.

    Raises:
        DagwayError: there is none.
    """
    if folder.is_file():
        return folder
    for file in files_of(names):
        if (path := folder / file).is_file():
            return path
    looked = " or ".join(dict.fromkeys(names))
    raise DagwayError(
        f"There is no file of {looked} in {folder}.", f"Put {names[0]}.csv, .parquet, .jsonl or .json there."
    )


@contextmanager
def read_file(
    path: str, types: Mapping[str, str], part: Part | None, quarantine: Quarantine | None = None
) -> Generator[pa.RecordBatchReader]:
    """The rows of a file, or of a pattern such as `inbox/*.csv`; only those of the part, if one is given.

    Columns of several files belong together by name; one that a file does not have is null there.

    Args:
        types: DuckDB types of columns, cast where the file says otherwise.
        quarantine: gets the lines of CSV files that cannot be read; without it they are an error.

    Raises:
        DagwayError: the file cannot be read, or a value is not of its type.
    """
    import duckdb

    connection = duckdb.connect()
    try:
        # A result that streams reports a wrong value only half way through the load, but never replaces the table.
        relation: Any = connection.sql(_query(connection, path, types, part, quarantine is not None))
        read = getattr(relation, "to_arrow_reader", None) or relation.fetch_record_batch
        yield read(BATCH)
        if quarantine is not None:
            quarantine.gather(connection)
    except duckdb.Error as error:
        raise DagwayError(
            f"{path} cannot be read: {error}", "Correct the file, or the columns' types."
        ) from error
    finally:
        connection.close()


def ask_column(path: str, column: str, question: str) -> list[tuple[Any, ...]]:
    """What DuckDB answers to a question about a column of a file or pattern; nothing where it has no such column.

    Args:
        question: a query with `{column}` and `{table}` in it.

    Raises:
        DagwayError: the file cannot be read.
    """
    import duckdb

    with duckdb.connect() as connection:
        try:
            source = _source(connection, path, {})
            described = connection.execute(f"describe select * from {source}").fetchall()
            if column not in {str(row[0]) for row in described}:
                return []
            return connection.execute(question.format(column=_quoted(column), table=source)).fetchall()
        except duckdb.Error as error:
            raise DagwayError(f"{path} cannot be read: {error}", "Correct the file.") from error


def _query(connection: Any, path: str, types: Mapping[str, str], part: Part | None, tolerant: bool) -> str:
    source = _source(connection, path, types, tolerant)
    described = connection.execute(f"describe select * from {source}").fetchall()
    columns = {str(row[0]): str(row[1]) for row in described}
    missing = [name for name in types if name not in columns]
    if _is_json(path) and list(columns) == ["json"] and not _has_row(connection, source):
        raise _nothing(path)  # DuckDB would make a column of that name
    if missing:
        raise DagwayError(
            f"{path} has no column {', '.join(missing)}.", f"Its columns are {', '.join(columns)}."
        )
    if exact := read_as_text(types) if _is_json(path) else frozenset[str]():
        source = _read_json(
            path, {name: "varchar" if name in exact else kind for name, kind in columns.items()}
        )
    casts = ", ".join(
        f"cast({_quoted(name)} as {sql_type}) as {_quoted(name)}" for name, sql_type in types.items()
    )
    query = f"select * {f'replace ({casts})' if casts else ''} from {source}"
    if part is None:
        return query
    if part.column not in columns:
        raise DagwayError(
            f"{path} has no column {part.column!r}, which `incremental` names.",
            f"Its columns are {', '.join(columns)}.",
        )
    kind = kind_of_type(types.get(part.column, columns[part.column]))
    return f"select * from ({query}) as rows_of_file where {condition(part, kind, _quoted(part.column))}"


def read_as_text(types: Mapping[str, str]) -> frozenset[str]:
    """The columns of which JSON's values are taken as they are written: texts, which DuckDB would take for times and
    write in its own way, and decimals, which would not be exact by way of a double."""
    return frozenset(
        name for name, sql_type in types.items() if is_text(sql_type) or _DECIMAL.fullmatch(sql_type.strip())
    )


def is_text(sql_type: str) -> bool:
    """Whether a type's name, in any dialect, is a text's."""
    return _TEXT.fullmatch(sql_type.strip()) is not None


def _source(connection: Any, path: str, types: Mapping[str, str], tolerant: bool = False) -> str:
    name = path.removesuffix(".gz").lower()
    if name.endswith((".csv", ".tsv", ".txt")):
        files = refuse_lost_lines(connection, path, tolerant=tolerant)
        for file, columns in files.items():
            if columns == ("column0",) and _is_blank(Path(file)):
                raise _nothing(file)
        return _csv(path, files, types, tolerant)
    if tolerant:
        raise DagwayError(
            f"Lines of {path} cannot be put aside: it is no CSV file.", "Leave `errors: quarantine` out."
        )
    if name.endswith(".parquet"):
        return f"read_parquet({_text(path)}{_by_name(path)})"
    if _is_json(path):
        return _read_json(path)
    raise DagwayError(f"{path} is no file of a known kind.", f"Known are {', '.join(DATA_ENDINGS)}.")


def _has_row(connection: Any, source: str) -> bool:
    return bool(connection.execute(f"select 1 from {source} limit 1").fetchall())


def _is_blank(file: Path) -> bool:
    opened = gzip.open if file.name.endswith(".gz") else Path.open
    with opened(file, "rt", encoding="utf-8-sig", errors="replace") as lines:
        return not any(line.strip() for line in lines)


def _nothing(path: str) -> DagwayError:
    return DagwayError(
        f"{path} holds nothing, not even the columns' names.",
        "See what became of the file; one without rows has a header, or is a .parquet.",
    )


def _is_json(path: str) -> bool:
    return path.removesuffix(".gz").lower().endswith((".json", ".jsonl", ".ndjson"))


def _read_json(path: str, types: Mapping[str, str] | None = None) -> str:
    """All columns with their types, or with those that DuckDB finds."""
    given = ", ".join(f"{_text(column)}: {_text(sql_type)}" for column, sql_type in (types or {}).items())
    typed = f", columns = {{{given}}}" if given else ""
    return f"read_json_auto({_text(path)}, sample_size = -1{typed}{_by_name(path)})"


def _by_name(path: str) -> str:
    return ", union_by_name = true" if is_pattern(path) else ""


def _csv(path: str, files: Mapping[str, Sequence[str]], types: Mapping[str, str], tolerant: bool) -> str:
    """All files at once where they have the same columns in the same order; else each by itself."""
    options = ", store_rejects = true, rejects_limit = 0" if tolerant else ""
    if not tolerant and len(set(files.values())) < 2:
        return _read_csv(path, types, options)
    each = (
        _read_csv(file, {name: types[name] for name in columns if name in types}, options)
        for file, columns in files.items()
    )
    return f"({' union all by name '.join(f'select * from {source}' for source in each)}) as files"


def _read_csv(path: str, types: Mapping[str, str], options: str) -> str:
    # A number is read as its type at once: by way of a double, a decimal would not be exact.
    given = ", ".join(f"{_text(column)}: {_text(sql_type)}" for column, sql_type in types.items())
    typed = f", types = {{{given}}}" if given else ""
    return f"read_csv({_text(path)}, sample_size = -1{typed}{options})"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def duckdb_types(types: Mapping[str, str], dialect: str | None) -> dict[str, str]:
    """Columns' types as DuckDB names them.

    Raises:
        DagwayError: a type is none.
    """
    if dialect in (None, "duckdb"):
        return dict(types)
    from sqlglot import exp
    from sqlglot.errors import ParseError

    found: dict[str, str] = {}
    for name, sql_type in types.items():
        try:
            found[name] = exp.DataType.build(sql_type, dialect=dialect).sql("duckdb")
        except ParseError as error:
            raise DagwayError(
                f"The column {name} has the type {sql_type!r}, which is none.", "Correct it."
            ) from error
    return found
