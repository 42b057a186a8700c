"""Reads a database: each table is a table of one source, and a sample of rows stands in for it in demo mode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagway.draft.model import SourceProfile, TableProfile
from dagway.draft.names import identifier, identifiers
from dagway.draft.profile import Step, profile, quoted, references
from dagway.errors import DagwayError

if TYPE_CHECKING:
    import duckdb
    import pyarrow
    from sqlalchemy import URL, Column, CursorResult, Engine, Inspector, Table

INTEGRATIONS = {"postgresql": "postgres", "postgres": "postgres", "mysql": "mysql", "mariadb": "mysql"}
"""Dialect → integration, where the two names differ."""
DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg", "mysql": "mysql+pymysql"}
"""Scheme without a driver → the driver that Dagway brings or asks for."""


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
    name = identifier(Path(url.database or url.host or "source").stem)
    engine = _engine(url)
    try:
        with engine.connect(), duckdb.connect() as connection:
            found = _tables(engine, tables)
            known = [table.name for table in found]
            names = dict(zip(known, identifiers(known), strict=True))
            profiles: list[TableProfile] = []
            step(0, len(found))
            for table in found:
                profiles.append(_read(engine, connection, table, names[table.name], sample))
                step(len(profiles), len(found))
            declared = [
                (names[table.name], column, names[to], to_column)
                for table in found
                for column, to, to_column in table.references
                if to in names
            ]
            related = references(connection, profiles, declared)
            folder = _write_demo(connection, profiles, base, name)
    except (sqlalchemy.exc.SQLAlchemyError, ImportError) as error:
        raise _refused(url, error) from None
    finally:
        engine.dispose()
    integration = INTEGRATIONS.get(url.get_backend_name(), url.get_backend_name())
    return SourceProfile(
        name, "database", integration, f"{name.upper()}_DATABASE_URL", folder, tuple(profiles), related
    )


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
    import sqlalchemy

    inspector = sqlalchemy.inspect(engine)
    default = inspector.default_schema_name
    hidden = {
        "information_schema",
        "pg_catalog",
        "pg_toast",
        "performance_schema",
        "mysql",
        "sys",
        "INFORMATION_SCHEMA",
    }
    found: list[Found] = []
    for schema in inspector.get_schema_names():
        if schema in hidden:
            continue
        for table in sorted(inspector.get_table_names(schema=schema)):
            name = table if schema == default else f"{schema}.{table}"
            if wanted and name not in wanted:
                continue
            reflected = sqlalchemy.Table(
                table, sqlalchemy.MetaData(), schema=schema, autoload_with=engine, resolve_fks=False
            )
            key = tuple(column.name for column in reflected.primary_key.columns)
            found.append(Found(name, reflected, key, _references(inspector, table, schema, default)))
    missing = [name for name in wanted if name not in {table.name for table in found}]
    if missing or not found:
        what = f"There is no table {', '.join(missing)}." if missing else "The database has no table."
        raise DagwayError(what, "Name tables that are there, and check the user's rights to see them.")
    return found


def _references(
    inspector: Inspector, table: str, schema: str, default: str | None
) -> tuple[tuple[str, str, str], ...]:
    found: list[tuple[str, str, str]] = []
    for key in inspector.get_foreign_keys(table, schema=schema):
        if len(key["constrained_columns"]) == 1:
            there = key["referred_schema"]
            to = key["referred_table"] if there in (None, default) else f"{there}.{key['referred_table']}"
            found.append((key["constrained_columns"][0], to, key["referred_columns"][0]))
    return tuple(found)


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
    connection.register("batch", _arrow(table, result.fetchall()))
    columns = ", ".join(
        f"cast({quoted(column.name)} as {_type(column)}) as {quoted(column.name)}" for column in table.columns
    )
    connection.execute(f"create table {quoted(name)} as select {columns} from batch")
    connection.unregister("batch")


def _type(column: Column[Any]) -> str:
    """The column's type in DuckDB's words, as the database declares it, so that a later row fits as well."""
    from sqlalchemy import types

    match column.type:
        case types.Boolean():
            return "BOOLEAN"
        case types.Integer():
            return "BIGINT"
        case types.Float():
            return "DOUBLE"
        case types.Numeric(precision=int(precision), scale=int(scale)) if precision <= 38:
            return f"DECIMAL({precision},{scale})"
        case types.Numeric():
            return "DECIMAL(38,9)"
        case types.DateTime(timezone=zoned):
            return "TIMESTAMP WITH TIME ZONE" if zoned else "TIMESTAMP"
        case types.Date():
            return "DATE"
        case types.Time():
            return "TIME"
        case types.LargeBinary():
            return "BLOB"
        case _:
            return "VARCHAR"


def _arrow(table: Table, rows: Sequence[Sequence[Any]]) -> pyarrow.Table:
    """The rows as Arrow: types that Arrow does not know, and columns without a value, become text."""
    import pyarrow

    columns = list(zip(*rows, strict=True)) if rows else [() for _ in table.columns]
    arrays = [_array(values) for values in columns]
    return pyarrow.Table.from_arrays(arrays, names=[column.name for column in table.columns])


def _array(values: Sequence[Any]) -> pyarrow.Array[Any]:
    import pyarrow

    try:
        array = pyarrow.array(values)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError, pyarrow.ArrowNotImplementedError, OverflowError):
        array = pyarrow.array([None if value is None else str(value) for value in values])
    if pyarrow.types.is_nested(array.type):
        array = pyarrow.array([None if value is None else str(value) for value in values])
    return array.cast(pyarrow.string()) if pyarrow.types.is_null(array.type) else array


def _write_demo(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[TableProfile], base: Path, name: str
) -> str:
    folder = base / "demo" / name
    folder.mkdir(parents=True, exist_ok=True)
    for table in tables:
        path = str(folder / f"{table.name}.parquet").replace("'", "''")
        connection.execute(f"copy {quoted(table.name)} to '{path}' (format parquet)")
    return folder.relative_to(base).as_posix()
