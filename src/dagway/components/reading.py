"""Rows from files, as Arrow batches: CSV, Parquet and JSON lines, read by DuckDB."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagway.blueprint.files import DATA_ENDINGS
from dagway.components.partitions import Part, condition, kind_of_type
from dagway.errors import DagwayError
from dagway.sql.csv_lines import refuse_lost_lines

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 100_000


def file_of_table(folder: Path, names: tuple[str, ...]) -> Path:
    """The file of a table: `<folder>/<table>` with one of the known endings, or the folder if it is a file itself.

    Raises:
        DagwayError: there is none.
    """
    if folder.is_file():
        return folder
    for name in names:
        for ending in DATA_ENDINGS:
            if (path := folder / f"{name}{ending}").is_file():
                return path
    looked = " or ".join(dict.fromkeys(names))
    raise DagwayError(
        f"There is no file of {looked} in {folder}.", f"Put {names[0]}.csv, .parquet, .jsonl or .json there."
    )


@contextmanager
def read_file(path: str, types: Mapping[str, str], part: Part | None) -> Generator[pa.RecordBatchReader]:
    """The rows of a file, or of a pattern such as `inbox/*.csv`; only those of the part, if one is given.

    Args:
        types: DuckDB types of columns, cast where the file says otherwise.

    Raises:
        DagwayError: the file cannot be read, or a value is not of its type.
    """
    import duckdb

    connection = duckdb.connect()
    try:
        # A result that streams reports a wrong value only half way through the load, but never replaces the table.
        relation: Any = connection.sql(_query(connection, path, types, part))
        read = getattr(relation, "to_arrow_reader", None) or relation.fetch_record_batch
        yield read(BATCH)
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
            source = _source(path, {})
            described = connection.execute(f"describe select * from {source}").fetchall()
            if column not in {str(row[0]) for row in described}:
                return []
            return connection.execute(question.format(column=_quoted(column), table=source)).fetchall()
        except duckdb.Error as error:
            raise DagwayError(f"{path} cannot be read: {error}", "Correct the file.") from error


def _query(connection: Any, path: str, types: Mapping[str, str], part: Part | None) -> str:
    source = _source(path, types)
    if source.startswith("read_csv"):
        refuse_lost_lines(connection, path)
    described = connection.execute(f"describe select * from {source}").fetchall()
    columns = {str(row[0]): str(row[1]) for row in described}
    missing = [name for name in types if name not in columns]
    if missing:
        raise DagwayError(
            f"{path} has no column {', '.join(missing)}.", f"Its columns are {', '.join(columns)}."
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


def _source(path: str, types: Mapping[str, str]) -> str:
    name, file = path.removesuffix(".gz").lower(), _text(path)
    if name.endswith(".parquet"):
        return f"read_parquet({file})"
    if name.endswith((".json", ".jsonl", ".ndjson")):
        return f"read_json_auto({file}, sample_size = -1)"
    if name.endswith((".csv", ".tsv", ".txt")):
        # A number is read as its type at once: by way of a double, a decimal would not be exact.
        given = ", ".join(f"{_text(column)}: {_text(sql_type)}" for column, sql_type in types.items())
        return f"read_csv({file}, sample_size = -1{f', types = {{{given}}}' if given else ''})"
    raise DagwayError(f"{path} is no file of a known kind.", f"Known are {', '.join(DATA_ENDINGS)}.")


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
