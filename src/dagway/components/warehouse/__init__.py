"""Warehouses as Dagster resources. Drivers are imported when a session begins."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field, PrivateAttr

from dagway.components.patience import CONNECT, CONNECT_TEXT, STATEMENT
from dagway.components.warehouse.session import Sample, Session, quoted, quoted_table

if TYPE_CHECKING:
    from dagster import InitResourceContext

    from dagway.components.warehouse.io_manager import WarehouseIOManager

__all__ = [
    "DuckDBWarehouse",
    "PostgresWarehouse",
    "Sample",
    "Session",
    "SnowflakeWarehouse",
    "Warehouse",
    "WarehouseIOManager",
    "quoted",
    "quoted_table",
]


def __getattr__(name: str) -> Any:
    """The I/O manager, which builds on this module and comes when it is asked for."""
    if name != "WarehouseIOManager":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from dagway.components.warehouse.io_manager import WarehouseIOManager

    return WarehouseIOManager


class Warehouse(dg.ConfigurableResource[object], ABC):
    """Where tables are built. Its resource key is `warehouse`."""

    @property
    @abstractmethod
    def dialect(self) -> str:
        """What sqlglot calls the warehouse's SQL."""

    @abstractmethod
    def session(self) -> AbstractContextManager[Session]:
        """A connection in use; closed at the end of the block, or of the run where that is cheaper."""


class DuckDBWarehouse(Warehouse):
    """A DuckDB file. One connection serves a whole run in one process."""

    database: str = Field(description="The file, as an absolute path, or `md:name`.")
    patience: float = Field(default=20, description="Seconds to wait while another process holds the file.")
    _in_run: bool = PrivateAttr(default=False)
    _holds: bool = PrivateAttr(default=False)

    @property
    def dialect(self) -> str:
        return "duckdb"

    def setup_for_execution(self, context: InitResourceContext) -> None:
        self._in_run = True

    def teardown_after_execution(self, context: InitResourceContext) -> None:
        from dagway.components.warehouse.duckdb_session import release

        self._in_run = False
        if self._holds:
            self._holds = False
            release(self.database)

    @contextmanager
    def session(self) -> Generator[Session]:
        from dagway.components.warehouse.duckdb_session import acquire, session

        if self._in_run and not self._holds:
            acquire(self.database, self.patience)
            self._holds = True
        with session(self.database, self.patience) as opened:
            yield opened


class PostgresWarehouse(Warehouse):
    """A PostgreSQL database."""

    connection: str = Field(description="`postgresql://user:password@host:5432/database`, from `dg.EnvVar`.")
    connect_timeout: int = Field(default=CONNECT, description=CONNECT_TEXT, ge=1)
    statement_timeout: int = Field(
        default=STATEMENT,
        description="Seconds that a statement may take where neither the server nor the role says so; 0 for any time.",
        ge=0,
    )
    _in_run: bool = PrivateAttr(default=False)
    _idle: list[Any] = PrivateAttr(default_factory=list[Any])

    @property
    def dialect(self) -> str:
        return "postgres"

    def setup_for_execution(self, context: InitResourceContext) -> None:
        self._in_run = True

    def teardown_after_execution(self, context: InitResourceContext) -> None:
        self._in_run = False
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def session(self) -> Generator[Session]:
        from dagway.components.warehouse.postgres_session import PostgresSession, connected

        connection = (
            self._idle.pop()
            if self._idle
            else connected(self.connection, self.connect_timeout, self.statement_timeout)
        )
        try:
            yield PostgresSession(connection)
        finally:
            # In a run, the next step of this process takes the connection over.
            if self._in_run and not connection.broken:
                self._idle.append(connection)
            else:
                connection.close()


class SnowflakeWarehouse(Warehouse):
    """A Snowflake database, through Snowflake's own connector.

    In demo mode fakesnow stands in, which runs Snowflake's dialect on DuckDB, in this process.
    """

    account: str = Field(description="The account's identifier.")
    user: str = Field(description="The user.")
    password: str | None = Field(default=None, description="The password, from `dg.EnvVar`.")
    private_key_file: str | None = Field(default=None, description="A private key's file, for key pairs.")
    authenticator: str | None = Field(
        default=None, description="Another way to log in, as the connector names it."
    )
    database: str = Field(description="The database.")
    warehouse: str | None = Field(default=None, description="The virtual warehouse that computes.")
    role: str | None = Field(default=None, description="The role.")
    demo_folder: str | None = Field(
        default=None,
        description="Folder of the DuckDB files that stand in for the databases in demo mode, as an absolute path.",
    )
    connect_timeout: int = Field(default=CONNECT, description=CONNECT_TEXT, ge=1)
    statement_timeout: int = Field(default=STATEMENT, description="Seconds that a statement may take.", ge=1)
    demo_mode: bool = Field(default=False, description="Whether they stand in, as `DAGWAY_DEMO=1` does.")
    patience: float = Field(
        default=20, description="Seconds to wait in demo mode while another process holds a file."
    )
    _in_run: bool = PrivateAttr(default=False)
    _stand_in: Any = PrivateAttr(default=None)

    @property
    def dialect(self) -> str:
        return "snowflake"

    def setup_for_execution(self, context: InitResourceContext) -> None:
        self._in_run = True

    def teardown_after_execution(self, context: InitResourceContext) -> None:
        self._in_run = False
        self._close()

    @contextmanager
    def session(self) -> Generator[Session]:
        from dagway.components.warehouse.snowflake_session import session

        names = (
            "account",
            "user",
            "password",
            "private_key_file",
            "authenticator",
            "database",
            "warehouse",
            "role",
        )
        given = {name: getattr(self, name) for name in names}
        stand_in = self._demo()
        if stand_in is None:
            # The connector cancels a statement that takes longer than what it calls the network's time-out.
            given |= {"login_timeout": self.connect_timeout, "network_timeout": self.statement_timeout}
        try:
            with session(
                {name: value for name, value in given.items() if value is not None},
                stand_in,
                self.patience,
            ) as opened:
                yield opened
        finally:
            if not self._in_run:
                self._close()

    def _demo(self) -> Any:
        """What stands in for Snowflake; None for Snowflake itself. In a run, one serves all steps of this process."""
        from dagway.components.environment import is_demo
        from dagway.components.warehouse.snowflake_session import demo
        from dagway.errors import DagwayError

        if not self.demo_mode and not is_demo():
            return None
        if self.demo_folder is None:
            raise DagwayError(
                "The Snowflake warehouse has no folder for demo mode.",
                "Set `demo_folder` to an absolute path.",
            )
        self._stand_in = self._stand_in or demo(self.demo_folder)
        return self._stand_in

    def _close(self) -> None:
        if self._stand_in is not None:
            self._stand_in.duck_conn.close()
            self._stand_in = None
