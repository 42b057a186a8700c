"""Snowflake through its own connector."""

# The connector is an extra that is not installed where types are checked.
# pyright: reportMissingImports=false, reportUnknownVariableType=false
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dagway.components.warehouse.change import refuse_loss
from dagway.components.warehouse.session import Columns, Sample, Session, split
from dagway.errors import DagwayError

if TYPE_CHECKING:
    import pyarrow as pa


@contextmanager
def session(settings: Mapping[str, Any]) -> Generator[SnowflakeSession]:
    """A session of its own connection.

    Raises:
        DagwayError: Snowflake refuses, or the extra `snowflake` is not installed.
    """
    try:
        import snowflake.connector as connector
    except ImportError as error:
        raise DagwayError("Snowflake needs its connector.", "Install dagway[snowflake].") from error
    driver: Any = connector
    try:
        connection = driver.connect(**settings)
    except driver.errors.Error as error:
        raise DagwayError(
            f"Snowflake cannot be reached: {error}", "Check the account, the user and the password or key."
        ) from None
    try:
        yield SnowflakeSession(connection, driver.errors.Error)
    finally:
        connection.close()


class SnowflakeSession(Session):
    """A connection that commits each statement, unless in a `transaction`."""

    dialect = "snowflake"

    def __init__(self, connection: Any, error: type[Exception]) -> None:
        self.connection = connection
        self.errors = (error,)

    def execute(self, sql: str) -> None:
        self._ran(sql).close()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return list(self._ran(sql).fetchall())

    def query(self, sql: str) -> pa.Table:
        return self._ran(sql).fetch_arrow_all(force_return_table=True)

    def batches(self, sql: str) -> pa.RecordBatchReader:
        return self.query(sql).to_reader()

    def sample(self, sql: str, limit: int) -> Sample:
        cursor = self._ran(f"select * from ({sql}\n) as sampled limit {limit}")
        rows = list(cursor.fetchall())
        return Sample([(column.name.lower(), _type(column)) for column in cursor.description], rows)

    def columns(self, table: str) -> Columns:
        schema, name = split(table)
        found = self.rows(
            "select lower(column_name), data_type from information_schema.columns"
            f" where lower(table_schema) = lower('{schema}') and lower(table_name) = lower('{name}')"
            " order by ordinal_position"
        )
        return [(str(column), str(data_type)) for column, data_type in found]

    def create_table(self, table: str, sql: str, where: str | None = None) -> None:
        self._make_schema(table)
        if where is None or not self.exists(table):
            only = "" if where is None else f" where {where}"
            self._make("table", table, f"select * from ({sql}\n) as new_rows{only}")
            return
        with self.transaction():
            self._replace_rows(table, f"({sql}\n)", where)

    def create_view(self, table: str, sql: str) -> None:
        self._make_schema(table)
        self._make("view", table, sql)

    def replace(self, table: str, batches: pa.RecordBatchReader, where: str | None = None) -> None:
        from snowflake.connector.pandas_tools import write_pandas

        self._make_schema(table)
        schema, name = split(table)
        new = f"{name}__dagway_new"
        load: Any = write_pandas
        load(
            self.connection,
            batches.read_all().to_pandas(),
            new.upper(),
            schema=schema.upper(),
            auto_create_table=True,
            overwrite=True,
            quote_identifiers=False,
        )
        source = self.name(f"{schema}.{new}")
        try:
            self.create_table(table, f"select * from {source}", where)
        finally:
            self.execute(f"drop table if exists {source}")

    def _replace_rows(self, table: str, rows: str, where: str) -> None:
        kept = self.columns(table)
        refuse_loss(table, kept, self.sample(f"select * from {rows}", 0).columns)
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


def _type(column: Any) -> str:
    """The type's name, which the connector gives as a number."""
    from snowflake.connector.constants import FIELD_ID_TO_NAME

    names: Any = FIELD_ID_TO_NAME
    name = str(names[column.type_code])
    return f"NUMBER({column.precision},{column.scale})" if name == "FIXED" else name
