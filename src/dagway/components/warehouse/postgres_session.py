"""PostgreSQL through psycopg: rows go in by COPY and come out by a server-side cursor."""

# pyarrow's stubs leave the type parameters of fields and arrays unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownLambdaType=false

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dagway.components.arrow_rows import BATCH, decimal_type, reader
from dagway.components.patience import CONNECT, STATEMENT, postgres_settings, statement_limit
from dagway.components.warehouse.change import refuse_loss
from dagway.components.warehouse.postgres_anew import MARK, altered, anew, tried
from dagway.components.warehouse.session import Columns, Sample, Session, quoted, split
from dagway.errors import DagwayError

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa


def connected(
    url: str, connect_timeout: int = CONNECT, statement_timeout: int = STATEMENT
) -> psycopg.Connection[tuple[Any, ...]]:
    """A connection.

    Args:
        connect_timeout: seconds to wait for it, unless the address says otherwise.
        statement_timeout: seconds that a statement may take, unless server or role say otherwise.

    Raises:
        DagwayError: the server refuses; the password is not in the message.
    """
    try:
        import psycopg
        from psycopg.conninfo import conninfo_to_dict
    except ImportError as error:
        raise DagwayError("PostgreSQL needs psycopg.", "Install dagway[postgres].") from error
    address = url.replace("postgresql+psycopg://", "postgresql://", 1)
    try:
        settings: Any = {**postgres_settings(connect_timeout), **conninfo_to_dict(address)}
        connection = psycopg.connect(**settings, autocommit=True)
        connection.execute(statement_limit(statement_timeout).encode())
        return connection
    except psycopg.Error as error:
        password = conninfo_to_dict(address).get("password") if "://" in address else None
        reason = str(error).strip().replace(str(password), "***") if password else str(error).strip()
        raise DagwayError(
            f"PostgreSQL cannot be reached: {reason}", "Check the address, the user and the password."
        ) from None


@dataclass(frozen=True)
class _Found:
    """What stands under a name: `r` for a table, `p` for one in partitions, `v` for a view, None for nothing; and its comment."""

    kind: str | None = None
    comment: str | None = None


class PostgresSession(Session):
    """A connection that commits each statement, unless in a `transaction`."""

    dialect = "postgres"
    # Whatever the server's default: what is read after a lock has to be what others committed before it.
    begin = "begin isolation level read committed"

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        import psycopg

        self.connection = connection
        self.errors = (psycopg.Error,)
        self._alone_with: str | None = None

    def execute(self, sql: str) -> None:
        # To prepare what makes or fills a table saves nothing, and asks the server twice.
        self.connection.execute(sql.encode(), prepare=False)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql.encode()).fetchall()

    def query(self, sql: str) -> pa.Table:
        return self.batches(sql).read_all()

    def batches(self, sql: str) -> pa.RecordBatchReader:
        import pyarrow as pa

        described = self.connection.execute(f"select * from ({sql}\n) as described limit 0".encode())
        fields = [pa.field(column.name, _arrow_type(column)) for column in described.description or ()]
        return reader(pa.schema(fields), self._chunks(sql))

    def _chunks(self, sql: str) -> Iterator[Sequence[Sequence[Any]]]:
        with self.connection.cursor("dagway_rows", withhold=True) as cursor:
            cursor.execute(sql.encode())
            while rows := cursor.fetchmany(BATCH):
                yield rows

    def sample(self, sql: str, limit: int) -> Sample:
        cursor = self.connection.execute(f"select * from ({sql}\n) as sampled limit {limit}".encode())
        columns = [(column.name, column.type_display) for column in cursor.description or ()]
        return Sample(columns, cursor.fetchall())

    def columns(self, table: str) -> Columns:
        return self._columns(table) if self.exists(table) else []

    def _columns(self, table: str) -> Columns:
        return self.sample(f"select * from {self.name(table)}", 0).columns

    def exists(self, table: str) -> bool:
        return self._found(table).kind is not None

    def is_table(self, table: str) -> bool:
        return self._found(table).kind in ("r", "p")

    @contextmanager
    def transaction(self) -> Generator[None]:
        from psycopg.pq import TransactionStatus

        if self.connection.info.transaction_status != TransactionStatus.IDLE:
            yield
            return
        with super().transaction():
            yield

    @contextmanager
    def alone(self, table: str) -> Generator[None]:
        with self._held(table):
            yield

    @contextmanager
    def _held(self, table: str) -> Generator[_Found]:
        """The table for this session alone, and what is found there then."""
        if self._alone_with == table:
            yield self._found(table)
            return
        with self.transaction():
            # The name first: a table that is not there yet has nothing else to lock. Then the table, for other programs.
            self.connection.execute(
                "select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"dagway {table}",)
            )
            found = self._found(table)
            if found.kind == "r":
                self.execute(f"lock table {self.name(table)} in share row exclusive mode")
            before, self._alone_with = self._alone_with, table
            try:
                yield found
            finally:
                self._alone_with = before

    def create_table(self, table: str, sql: str, where: str | None = None) -> None:
        self._make_schema(table)
        with self._held(table) as found:
            self._swap(table, found, sql, where)

    def create_view(self, table: str, sql: str) -> None:
        from psycopg.errors import InvalidTableDefinition

        self._make_schema(table)
        name = self.name(table)
        with self._held(table) as found:
            replaced = [f"create or replace view {name} as {sql}\n"]
            # What is built on the view stays, unless it has other columns.
            if found.kind == "v" and tried(self.connection, replaced, (InvalidTableDefinition,)):
                if found.comment == MARK:
                    return
            else:
                with self._anew(table, found):
                    self.execute(f"create view {name} as {sql}\n")
            self.execute(f"comment on view {name} is '{MARK}'")

    def replace(self, table: str, batches: pa.RecordBatchReader, where: str | None = None) -> None:
        columns = ", ".join(f"{self.quoted(field.name)} {_sql_type(field.type)}" for field in batches.schema)
        self._make_schema(table)
        with self.transaction():
            self.execute(f"create temp table dagway_new ({columns}) on commit drop")
            self._copy("dagway_new", batches)
            with self._held(table) as found:
                self._swap(table, found, "select * from dagway_new", where)

    def _copy(self, table: str, batches: pa.RecordBatchReader) -> None:
        import pyarrow as pa

        nested = [index for index, field in enumerate(batches.schema) if pa.types.is_nested(field.type)]
        with self.connection.cursor() as cursor, cursor.copy(f"copy {table} from stdin".encode()) as copy:
            for batch in batches:
                columns = [column.to_pylist() for column in batch.columns]
                for index in nested:
                    columns[index] = [_json(value) for value in columns[index]]
                for row in zip(*columns, strict=True):
                    copy.write_row(row)

    def _swap(self, table: str, found: _Found, query: str, where: str | None) -> None:
        """The table of the query's rows. It is emptied and filled where it stands, so that its views and rights stay."""
        name, only = self.name(table), "" if where is None else f" where {where}"
        if found.kind != "r":
            with self._anew(table, found):
                self.execute(f"create table {name} as select * from ({query}\n) as new_rows{only}")
            return
        new, kept = self.sample(query, 0).columns, self._columns(table)
        if where is not None:
            refuse_loss(self, table, kept, new, f"({query}\n)", where)
            self.execute(f"delete from {name} where {where}")
        elif not altered(self.connection, name, kept, new):
            with self._anew(table, found):
                self.execute(f"create table {name} as {query}\n")
            return
        columns = ", ".join(self.quoted(column) for column, _ in new)
        self.execute(f"insert into {name} ({columns}) select {columns} from ({query}\n) as new_rows{only}")

    def _found(self, table: str) -> _Found:
        found = self.connection.execute(
            "select relkind::text, obj_description(oid, 'pg_class') from pg_class where oid = to_regclass(%s)",
            (self.name(table),),
        ).fetchone()
        return _Found(*found) if found else _Found()

    def _anew(self, table: str, found: _Found) -> AbstractContextManager[None]:
        kind = {"r": "table", "v": "view", "m": "materialized view"}.get(found.kind or "")
        return anew(self.connection, kind, self.name(table)) if kind else nullcontext()

    def _make_schema(self, table: str) -> None:
        """See that the schema is there: a statement of its own, outside of the transaction that its error would end.

        `if not exists` does not wait for a session that makes the same one, as the first loads of a source do together.
        """
        from psycopg.errors import DuplicateSchema, UniqueViolation

        schema, _ = split(table)
        if not schema:
            return
        name = quoted(schema, self.dialect)
        found = self.connection.execute("select to_regnamespace(%s) is not null", (name,)).fetchone()
        if found != (True,):
            with suppress(DuplicateSchema, UniqueViolation):
                self.execute(f"create schema if not exists {name}")


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, default=str, ensure_ascii=False)


def _arrow_type(column: psycopg.Column) -> pa.DataType:
    import pyarrow as pa

    if column.type_code == 1700:
        return decimal_type(column.precision, column.scale)
    known = {
        16: pa.bool_(),
        17: pa.binary(),
        20: pa.int64(),
        21: pa.int16(),
        23: pa.int32(),
        700: pa.float32(),
        701: pa.float64(),
        1082: pa.date32(),
        1083: pa.time64("us"),
        1114: pa.timestamp("us"),
        1184: pa.timestamp("us", tz="UTC"),
    }
    return known.get(column.type_code, pa.string())


def _sql_type(arrow_type: pa.DataType) -> str:
    import pyarrow as pa

    types = pa.types
    if types.is_dictionary(arrow_type):
        return _sql_type(arrow_type.value_type)
    if types.is_decimal(arrow_type):
        return f"numeric({arrow_type.precision}, {arrow_type.scale})"
    if types.is_timestamp(arrow_type):
        return "timestamptz" if arrow_type.tz else "timestamp"
    if types.is_nested(arrow_type):
        return "jsonb"
    named = {
        "boolean": types.is_boolean,
        "bigint": lambda found: types.is_int64(found) or types.is_uint32(found),
        "numeric(20, 0)": types.is_uint64,
        "integer": lambda found: types.is_int32(found) or types.is_uint16(found),
        "smallint": lambda found: types.is_int16(found) or types.is_int8(found) or types.is_uint8(found),
        "real": lambda found: types.is_float32(found) or types.is_float16(found),
        "double precision": types.is_float64,
        "date": types.is_date,
        "time": types.is_time,
        "interval": types.is_duration,
        "bytea": lambda found: types.is_binary(found) or types.is_large_binary(found),
    }
    return next((name for name, matches in named.items() if matches(arrow_type)), "text")
