"""Reads a database: each table is a table of one source, and a sample of rows stands in for it in demo mode."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dagway.components.patience import WAITS, Waits
from dagway.draft.model import SourceProfile, TableProfile
from dagway.draft.names import source_name
from dagway.draft.profile import Step, profile, quoted
from dagway.draft.relational import read_source
from dagway.errors import DagwayError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    from sqlalchemy import URL, Engine, Inspector, Table

INTEGRATIONS = {"postgresql": "postgres", "postgres": "postgres", "mysql": "mysql", "mariadb": "mysql"}
"""Dialect → integration, where the two names differ."""
SYSTEM_SCHEMAS = {"information_schema", "pg_catalog", "pg_toast", "performance_schema", "mysql", "sys"}
"""Schemas that hold a server's own tables."""


@dataclass(frozen=True)
class Found:
    """A table of the database: its name with the schema where it is not the default one.

    `references` are declared foreign keys of one column: column, table, column there.
    """

    name: str
    table: Table
    key: tuple[str, ...]
    references: tuple[tuple[str, str, str], ...] = ()


def read_database(
    address: str,
    base: Path,
    sample: int,
    tables: Sequence[str] = (),
    step: Step = lambda _done, _total: None,
    waits: Waits = WAITS,
) -> SourceProfile:
    """The database's tables, with up to `sample` rows of each written as Parquet under `base/demo/<source>`.

    Args:
        address: a database address as SQLAlchemy takes it.
        tables: only these, if any are named.
        step: told how many tables are read, and of how many.
        waits: how long for the server.

    Raises:
        DagwayError: the database does not answer or breaks off, has no table, or its driver is missing; a table has a value that
            is not of its column's type, or columns that differ only by case.
    """
    import duckdb
    import sqlalchemy
    import sqlalchemy.exc

    url = _url(address)
    name = source_name(Path(url.database or url.host or "source").stem)
    engine = _engine(url, waits)
    try:
        with engine.connect(), duckdb.connect() as connection:
            found = _tables(engine, tables)
            return read_source(
                connection,
                name,
                INTEGRATIONS.get(url.get_backend_name(), url.get_backend_name()),
                found,
                lambda table, called: _read(engine, connection, table, called, sample, waits),
                base,
                step,
            )
    except (sqlalchemy.exc.SQLAlchemyError, ImportError) as error:
        raise _refused(url, error) from None
    except duckdb.Error as error:
        raise DagwayError(
            f"Rows cannot be kept here for the draft: {str(error).splitlines()[0]}",
            "Make room, take fewer rows with --sample, or name the other tables with --table.",
        ) from None
    except Exception as error:
        # COPY speaks to the driver itself.
        if not type(error).__module__.startswith("psycopg"):
            raise
        raise _refused(url, error) from None
    finally:
        engine.dispose()


def _url(address: str) -> URL:
    import sqlalchemy
    import sqlalchemy.exc

    try:
        url = sqlalchemy.make_url(address)
    except sqlalchemy.exc.ArgumentError:
        raise DagwayError(
            "That is neither a folder nor a database address.",
            "Write a folder, or an address such as postgresql://user@host/database or sqlite:///file.db.",
        ) from None
    if url.drivername.startswith("sqlite") and url.database and not Path(url.database).is_file():
        # SQLite would make an empty file of that name.
        raise DagwayError(
            f"There is no database file {url.database}.", "Correct the path: sqlite:///file.db."
        )
    from dagway.components.database_engine import DRIVERS

    return url.set(drivername=DRIVERS.get(url.drivername, url.drivername))


def _engine(url: URL, waits: Waits) -> Engine:
    import sqlalchemy.exc

    from dagway.components.database_engine import engine_of

    try:
        return engine_of(url, waits, waits.answer)
    except (sqlalchemy.exc.SQLAlchemyError, ImportError) as error:
        raise _refused(url, error) from None


def _refused(url: URL, error: Exception) -> DagwayError:
    """What the database answered, on one line, without the password."""
    import sqlalchemy.exc

    if isinstance(error, sqlalchemy.exc.NoSuchModuleError):
        return DagwayError(
            f"{url.drivername} is no database that can be read here.",
            "Write an address such as postgresql://user@host/database or sqlite:///file.db.",
        )
    if isinstance(error, ImportError):
        return DagwayError(
            f"The driver of {url.drivername} is not installed: {error}.",
            "Install it, for PostgreSQL: pip install 'dagway[postgres]'.",
        )
    reason = str(getattr(error, "orig", None) or error).splitlines()[0]
    if url.password:
        reason = reason.replace(str(url.password), "***")
    return DagwayError(
        f"{url.render_as_string(hide_password=True)} cannot be read: {reason}",
        "Check that the server runs, the address, user and password, and the user's rights to read the tables.",
    )


def _tables(engine: Engine, wanted: Sequence[str]) -> list[Found]:
    """The wanted tables and views, or all but the partitions of others: their rows are the whole table's."""
    import sqlalchemy

    inspector = sqlalchemy.inspect(engine)
    parts = set[tuple[str, str]]() if wanted else _partitions(engine)
    found = [
        _found(engine, inspector, table, schema)
        for schema in inspector.get_schema_names()
        if schema.lower() not in SYSTEM_SCHEMAS
        for table in _names(engine, inspector, schema)
        if (schema, table) not in parts and (not wanted or _name(inspector, table, schema) in wanted)
    ]
    missing = [name for name in wanted if name not in {table.name for table in found}]
    if missing or not found:
        what = (
            f"There is no table {', '.join(missing)}."
            if missing
            else "The database has no table and no view."
        )
        raise DagwayError(what, "Name tables that are there, and check the user's rights to see them.")
    return found


def _names(engine: Engine, inspector: Inspector, schema: str) -> list[str]:
    """The tables and views of a schema, those that keep their rows as well; only PostgreSQL lists these apart."""
    kept = inspector.get_materialized_view_names(schema=schema) if engine.dialect.name == "postgresql" else []
    return sorted({*inspector.get_table_names(schema), *inspector.get_view_names(schema), *kept})


def _partitions(engine: Engine) -> set[tuple[str, str]]:
    """Schema and name of each table that is a partition of another; only PostgreSQL lists them as tables."""
    import sqlalchemy

    if engine.dialect.name != "postgresql":
        return set()
    query = sqlalchemy.text(
        "select nspname, relname from pg_class join pg_namespace on pg_namespace.oid = relnamespace where relispartition"
    )
    with engine.connect() as database:
        return {(str(schema), str(name)) for schema, name in database.execute(query)}


def _name(inspector: Inspector, table: str, schema: str | None) -> str:
    return table if schema in (None, inspector.default_schema_name) else f"{schema}.{table}"


def _found(engine: Engine, inspector: Inspector, table: str, schema: str) -> Found:
    import sqlalchemy
    import sqlalchemy.exc

    with warnings.catch_warnings():
        # A type that is not known is read as text, which nobody need be warned of.
        warnings.simplefilter("ignore", sqlalchemy.exc.SAWarning)
        reflected = sqlalchemy.Table(
            table, sqlalchemy.MetaData(), schema=schema, autoload_with=engine, resolve_fks=False
        )
    key = tuple(column.name for column in reflected.primary_key.columns)
    references = tuple(
        (
            found["constrained_columns"][0],
            _name(inspector, found["referred_table"], found["referred_schema"]),
            found["referred_columns"][0],
        )
        for found in inspector.get_foreign_keys(table, schema=schema)
        if len(found["constrained_columns"]) == 1
    )
    return Found(_name(inspector, table, schema), reflected, key, references)


def _read(
    engine: Engine, connection: duckdb.DuckDBPyConnection, found: Found, name: str, sample: int, waits: Waits
) -> TableProfile:
    import sqlalchemy

    from dagway.components.database import read_rows
    from dagway.components.database_engine import connected
    from dagway.components.database_types import arrow_schema

    schema = arrow_schema(found.table, engine.dialect.name)
    _refuse_columns(connection, found, schema)
    with connected(engine) as database:
        counted = database.execute(sqlalchemy.select(sqlalchemy.func.count()).select_from(found.table))
        rows = int(counted.scalar_one())
        query = sqlalchemy.select(found.table).limit(sample)
        try:
            with read_rows(database, query, schema, waits.answer) as batches:
                _keep(connection, name, batches)
        except (DagwayError, ValueError, TypeError, ArithmeticError) as error:
            # SQLite keeps any value in any column.
            raise DagwayError(
                f"{found.name} holds a value that is not of its column's type: {str(error).splitlines()[0]}",
                "Correct the value, or name the other tables with --table.",
            ) from None
    return profile(connection, name, origin=found.name, rows=rows, declared_key=found.key)


def _refuse_columns(connection: duckdb.DuckDBPyConnection, found: Found, schema: pa.Schema) -> None:
    """Raise where DuckDB has no such table: it needs a column, and where it calls one otherwise, the name means another's values."""
    if not schema.names:
        raise DagwayError(f"{found.name} has no column.", "Name the other tables with --table.")
    taken = connection.from_arrow(schema.empty_table()).columns
    renamed = [pair for pair in zip(schema.names, taken, strict=True) if pair[0] != pair[1]]
    if renamed:
        column, own = renamed[0]
        raise DagwayError(
            f"{found.name} has a column {column!r} that DuckDB would call {own!r}: it takes names that differ only by"
            " capital and small letters for one.",
            "Rename it, or name the other tables with --table; a view that renames it may be among them.",
        )


def _keep(connection: duckdb.DuckDBPyConnection, name: str, batches: pa.RecordBatchReader) -> None:
    """The rows as a table of the connection, with the types that they have in a run."""
    import duckdb

    from dagway.components.warehouse.duckdb_session import watched

    failures: list[Exception] = []
    connection.register("batch", watched(batches, failures))
    try:
        connection.execute(f"create table {quoted(name)} as select * from batch")
    except duckdb.Error:
        # DuckDB would only tell as text what broke off, or which value has no place.
        if failures:
            raise failures[0] from None
        raise
    finally:
        connection.unregister("batch")
