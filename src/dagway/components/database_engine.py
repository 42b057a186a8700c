"""SQLAlchemy's way to a database: one that waits for no server without an end."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from dagway.components.patience import Waits, postgres_settings

if TYPE_CHECKING:
    import sqlalchemy as sa

DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
    "mssql": "mssql+pyodbc",
}
"""Scheme without a driver → the driver that Dagway brings or asks for."""


def engine_of(url: sa.URL, waits: Waits, patience: int) -> sa.Engine:
    """The engine of an address that names its driver.

    Args:
        waits: seconds; what the address says itself comes first.
        patience: seconds that a PostgreSQL server may send nothing.

    Raises:
        sqlalchemy.exc.NoSuchModuleError: SQLAlchemy does not know the database.
        ModuleNotFoundError: the driver is not installed.
    """
    import sqlalchemy as sa
    from sqlalchemy import event

    settings = {name: value for name, value in _settings(url, waits).items() if name not in url.query}
    engine = sa.create_engine(url, connect_args=settings)
    if "read_timeout" in settings:
        event.listen(engine, "connect", partial(_answers_take_longer, waits.answer))
    if url.drivername == "postgresql+psycopg":
        event.listen(engine, "do_connect", partial(_bounded, patience))
    return engine


@contextmanager
def connected(engine: sa.Engine) -> Generator[sa.Connection]:
    """A connection to read by; times that are moments come as UTC."""
    with engine.connect() as connection:
        if engine.dialect.name in ("mysql", "mariadb"):
            connection.exec_driver_sql("set time_zone = '+00:00'")
        yield connection


def _settings(url: sa.URL, waits: Waits) -> dict[str, Any]:
    """What the driver connects with."""
    if url.drivername == "postgresql+psycopg":
        return dict(postgres_settings(waits.connect))
    if url.drivername == "mysql+pymysql":
        # For `pymysql` the server's greeting is an answer as all others.
        return {
            "connect_timeout": waits.connect,
            "read_timeout": waits.connect,
            "write_timeout": waits.answer,
        }
    return {"timeout": waits.connect} if url.drivername == "mssql+pyodbc" else {}


def _answers_take_longer(seconds: int, connection: Any, _: object) -> None:
    connection._read_timeout = seconds  # it has no public name


def _bounded(patience: int, _dialect: Any, _record: Any, given: list[Any], settings: dict[str, Any]) -> Any:
    """In the place of SQLAlchemy's own way to connect."""
    from dagway.components.postgres_connection import BoundedConnection

    connection = BoundedConnection.connect(*given, **settings)
    connection.patience = patience
    return connection
