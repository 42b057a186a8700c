"""Reads a database: each table is a table of one source, and a sample of rows stands in for it in demo mode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagway.draft.arrow import arrow_table, duckdb_type
from dagway.draft.model import SourceProfile, TableProfile
from dagway.draft.names import source_name
from dagway.draft.profile import Step, profile, quoted
from dagway.draft.relational import read_source
from dagway.errors import DagwayError

if TYPE_CHECKING:
    import duckdb
    from sqlalchemy import URL, CursorResult, Engine, Inspector, Table

INTEGRATIONS = {"postgresql": "postgres", "postgres": "postgres", "mysql": "mysql", "mariadb": "mysql"}
"""Dialect → integration, where the two names differ."""
DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg", "mysql": "mysql+pymysql"}
"""Scheme without a driver → the driver that Dagway brings or asks for."""

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
) -> SourceProfile:
    """The database's tables, with up to `sample` rows of each written as Parquet under `base/demo/<source>`.

    Args:
        address: a database address as SQLAlchemy takes it.
        tables: only these, if any are named.
        step: told how many tables are read, and of how many.

    Raises:
        DagwayError: the database does not answer, has no table, or its driver is missing.
    """
    import duckdb
    import sqlalchemy
    import sqlalchemy.exc

    url = _url(address)
    name = source_name(Path(url.database or url.host or "source").stem)
    engine = _engine(url)
    try:
        with engine.connect(), duckdb.connect() as connection:
            found = _tables(engine, tables)
            return read_source(
                connection,
                name,
                INTEGRATIONS.get(url.get_backend_name(), url.get_backend_name()),
                found,
                lambda table, called: _read(engine, connection, table, called, sample),
                base,
                step,
            )
    except (sqlalchemy.exc.SQLAlchemyError, ImportError) as error:
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
    return url.set(drivername=DRIVERS.get(url.drivername, url.drivername))


def _engine(url: URL) -> Engine:
    import sqlalchemy
    import sqlalchemy.exc

    try:
        return sqlalchemy.create_engine(url)
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
        "Check that the server runs, and the address, user and password.",
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
        for table in sorted(
            {*inspector.get_table_names(schema=schema), *inspector.get_view_names(schema=schema)}
        )
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
    engine: Engine, connection: duckdb.DuckDBPyConnection, found: Found, name: str, sample: int
) -> TableProfile:
    import duckdb
    import sqlalchemy

    with engine.connect() as database:
        counted = database.execute(sqlalchemy.select(sqlalchemy.func.count()).select_from(found.table))
        rows = int(counted.scalar_one())
        result = database.execute(sqlalchemy.select(found.table).limit(sample))
        try:
            _copy(connection, found.table, result, name)
        except (ValueError, TypeError, ArithmeticError, duckdb.Error) as error:
            # SQLite keeps any value in any column.
            raise DagwayError(
                f"{found.name} holds a value that is not of its column's type: {str(error).splitlines()[0]}",
                "Correct the value, or name the other tables with --table.",
            ) from None
    return profile(connection, name, origin=found.name, rows=rows, declared_key=found.key)


def _copy(connection: duckdb.DuckDBPyConnection, table: Table, result: CursorResult[Any], name: str) -> None:
    """The rows as a table of the connection, with the types that the database declares."""
    connection.register("batch", arrow_table(table, result.fetchall()))
    columns = ", ".join(
        f"cast({quoted(column.name)} as {duckdb_type(column.type)}) as {quoted(column.name)}"
        for column in table.columns
    )
    connection.execute(f"create table {quoted(name)} as select {columns} from batch")
    connection.unregister("batch")
