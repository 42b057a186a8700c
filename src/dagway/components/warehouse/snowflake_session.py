"""Snowflake through its own connector; in demo mode, through fakesnow, which speaks its dialect on DuckDB."""

# The connector is an extra that is not installed where types are checked.
# pyright: reportMissingImports=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagway.components.warehouse.beside import arrival
from dagway.components.warehouse.change import refuse_loss
from dagway.components.warehouse.session import Columns, Sample, Session, quoted, split
from dagway.errors import DagwayError

if TYPE_CHECKING:
    import pyarrow as pa


@contextmanager
def session(
    settings: Mapping[str, Any], stand_in: Any = None, patience: float = 20
) -> Generator[SnowflakeSession]:
    """A session of its own connection.

    Args:
        stand_in: what `demo` gives; Snowflake itself if left out.
        patience: seconds to wait while another process holds the stand-in's file.

    Raises:
        DagwayError: Snowflake refuses, or the extra `snowflake` is not installed.
    """
    try:
        import snowflake.connector as connector
    except ImportError as error:
        raise DagwayError("Snowflake needs its connector.", "Install dagway[snowflake].") from error
    driver: Any = connector
    try:
        connection = driver.connect(**settings) if stand_in is None else _faked(settings, stand_in, patience)
    except driver.errors.Error as error:
        raise DagwayError(
            f"Snowflake cannot be reached: {error}", "Check the account, the user and the password or key."
        ) from None
    try:
        yield SnowflakeSession(connection, driver.errors.Error, faked=stand_in is not None)
    finally:
        connection.close()


def _faked(settings: Mapping[str, Any], stand_in: Any, patience: float) -> Any:
    from dagway.components.warehouse.duckdb_session import patiently

    return patiently(str(settings["database"]), patience, lambda: stand_in.connect(**settings))


def demo(folder: str) -> Any:
    """What stands in for Snowflake: each database a DuckDB file in the folder.

    Raises:
        DagwayError: the extra `snowflake-demo` is not installed.
    """
    try:
        from fakesnow.instance import FakeSnow
    except ImportError as error:
        raise DagwayError(
            "Snowflake's demo mode needs fakesnow.", "Install dagway[snowflake-demo]."
        ) from error
    Path(folder).mkdir(parents=True, exist_ok=True)
    return FakeSnow(db_path=folder)


class SnowflakeSession(Session):
    """A connection that commits each statement, unless in a `transaction`."""

    dialect = "snowflake"

    def __init__(self, connection: Any, error: type[Exception], *, faked: bool = False) -> None:
        self.connection = connection
        self.errors = (error,)
        self._faked = faked

    def execute(self, sql: str) -> None:
        self._ran(sql).close()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return list(self._ran(sql).fetchall())

    def query(self, sql: str) -> pa.Table:
        return self.batches(sql).read_all()

    def batches(self, sql: str) -> pa.RecordBatchReader:
        import pyarrow as pa

        tables = map(_named, self._parts(self._ran(sql)))
        first = next(tables)
        parts = (batch for part in chain([first], tables) for batch in part.cast(first.schema).to_batches())
        return pa.RecordBatchReader.from_batches(first.schema, parts)

    def _parts(self, cursor: Any) -> Iterator[pa.Table]:
        """A result as Arrow, part by part; at least one."""
        if self._faked:
            # fakesnow keeps it and has no public name for it.
            return iter([cursor._arrow_table])
        return (part.to_arrow() for part in cursor.get_result_batches())

    def sample(self, sql: str, limit: int) -> Sample:
        cursor = self._ran(f"select * from ({sql}\n) as sampled limit {limit}")
        rows = list(cursor.fetchall())
        return Sample([(column.name.lower(), _type(column)) for column in cursor.description], rows)

    def columns(self, table: str) -> Columns:
        schema, name = split(table)
        found = self.rows(
            "select column_name, data_type, numeric_precision, numeric_scale from information_schema.columns"
            f" where lower(table_schema) = lower('{schema}') and lower(table_name) = lower('{name}')"
            " order by ordinal_position"
        )
        # Without its scale, nobody could say whether a number fits.
        return [
            (str(name).lower(), f"NUMBER({precision},{scale})" if kind == "NUMBER" else str(kind))
            for name, kind, precision, scale in found
        ]

    def create_table(self, table: str, sql: str, where: str | None = None) -> None:
        self._make_schema(table)
        if where is None or not self.is_table(table):
            only = "" if where is None else f" where {where}"
            self._make("table", table, f"select * from ({sql}\n) as new_rows{only}")
            return
        with self.transaction():
            self._replace_rows(table, f"({sql}\n)", where)

    def create_view(self, table: str, sql: str) -> None:
        self._make_schema(table)
        self._make("view", table, sql)

    def replace(self, table: str, batches: pa.RecordBatchReader, where: str | None = None) -> None:
        self._make_schema(table)
        columns = ", ".join(f"{self.quoted(one.name)} {sql_type(one.type)}" for one in batches.schema)
        with arrival(self, table) as own:
            # Snowflake lets go of a transient table without days of its past.
            self.execute(f"create transient table {self.name(own)} ({columns})")
            for batch in batches:
                self._append(own, batch)
            names = ", ".join(self.quoted(one.name) for one in batches.schema)
            self.create_table(table, f"select {names} from {self.name(own)}", where)

    def _append(self, table: str, batch: pa.RecordBatch) -> None:
        """Load a batch by the connector's own upload of Parquet files."""
        import pandas as pd

        if self._faked:
            from fakesnow.pandas_tools import write_pandas
        else:
            from snowflake.connector.pandas_tools import write_pandas
        if not batch.num_rows:
            return
        load: Any = write_pandas
        schema, name = split(table)
        # Arrow's own types, so that whole numbers with nulls stay whole and decimals exact.
        rows = batch.to_pandas(types_mapper=pd.ArrowDtype)
        rows.columns = [folded(name) for name in rows.columns]
        load(self.connection, rows, folded(name), schema=folded(schema) or None, use_logical_type=True)

    def _replace_rows(self, table: str, rows: str, where: str) -> None:
        kept = self.columns(table)
        new = self.sample(f"select * from {rows} as new_rows", 0).columns
        refuse_loss(self, table, kept, new, rows, where)
        columns = ", ".join(self.quoted(column) for column, _ in kept)
        name = self.name(table)
        self.execute(f"delete from {name} where {where}")
        self.execute(f"insert into {name} ({columns}) select {columns} from {rows} as new_rows where {where}")

    def _make(self, kind: str, table: str, sql: str) -> None:
        schema, name = split(table)
        other = "view" if kind == "table" else "table"
        found = self.rows(f"show {other}s like '{name}' in schema {schema}")
        if found:
            self.execute(f"drop {other} {self.name(table)}")
        self.execute(f"create or replace {kind} {self.name(table)} as {sql}\n")

    def _make_schema(self, table: str) -> None:
        schema, _ = split(table)
        if schema:
            self.execute(f"create schema if not exists {self.quoted(schema)}")

    def _ran(self, sql: str) -> Any:
        return self.connection.cursor().execute(sql)


def _named(table: pa.Table) -> pa.Table:
    """The table with the names as the other warehouses have them: those that Snowflake made upper case in lower case."""
    lower = [name.lower() if folded(name.lower()) == name else name for name in table.column_names]
    return table.rename_columns(lower)


def folded(name: str) -> str:
    """A name as Snowflake keeps it: `quoted` leaves a plain one without quotes, which is upper case there."""
    return name.upper() if quoted(name, "snowflake") == name else name


def sql_type(arrow_type: pa.DataType) -> str:
    """The column's type in Snowflake for one of Arrow."""
    import pyarrow as pa

    types = pa.types
    if types.is_dictionary(arrow_type):
        return sql_type(arrow_type.value_type)
    if types.is_decimal(arrow_type):
        return f"number({arrow_type.precision}, {arrow_type.scale})"
    if types.is_timestamp(arrow_type):
        return "timestamp_tz" if arrow_type.tz else "timestamp_ntz"
    named = {
        "boolean": types.is_boolean,
        "number(38, 0)": types.is_integer,
        "float": types.is_floating,
        "date": types.is_date,
        "time": types.is_time,
        "binary": types.is_binary,
        "variant": types.is_nested,
    }
    return next((name for name, matches in named.items() if matches(arrow_type)), "varchar")


def _type(column: Any) -> str:
    """The type's name, which the connector gives as a number."""
    from snowflake.connector.constants import FIELD_ID_TO_NAME

    names: Any = FIELD_ID_TO_NAME
    name = str(names[column.type_code])
    return f"NUMBER({column.precision},{column.scale})" if name == "FIXED" else name
