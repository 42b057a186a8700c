"""What Dagster's storages make anew for each question, made once in a process: engines for SQLite here, for PostgreSQL beside.

Nothing here changes what is stored, or when it is on the disk: each statement, its transaction and its commit are Dagster's
own. Only the connection stays open between two of them, and what was compiled is found again.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable
from typing import Any

import dagster._core.storage.event_log.sqlite.sqlite_event_log as event_log
import dagster._core.storage.runs.sqlite.sqlite_run_storage as runs
import dagster._core.storage.schedules.sqlite.sqlite_schedule_storage as schedules
import dagster._core.storage.sql as sql
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.pool import NullPool, Pool, QueuePool
from sqlalchemy.util import LRUCache

from dagway._dagster.postgres_engines import PostgresEngines

#: The modules that make an engine for each question.
STORAGES = (event_log, runs, schedules)
#: Databases whose connections stay open: the index, runs, schedules, and of the databases of one run each, the last.
MOST = 4
#: Compiled statements that are kept; as many as SQLAlchemy keeps for an engine.
_STATEMENTS = 500


class Storages:
    """The engines and migrations of this process. Those that fork from it have what was compiled, and open their own."""

    def __init__(self) -> None:
        self._engines = _Engines()
        self._postgres = PostgresEngines()

    def reuse(self) -> None:
        """From now on, in this process and its forks."""
        sql.ScriptDirectory = _Migrations()  # pyright: ignore[reportAttributeAccessIssue, reportPrivateImportUsage]
        check = _Revisions(sql.check_alembic_revision)
        for storage in STORAGES:
            storage.create_engine = self._engines  # pyright: ignore[reportAttributeAccessIssue]
            storage.check_alembic_revision = check  # pyright: ignore[reportAttributeAccessIssue]
        self._postgres.reuse()
        for engines in (self._engines, self._postgres):
            os.register_at_fork(after_in_child=engines.abandon)

    def close(self) -> None:
        """Closes every connection: none may be open when this process forks."""
        self._engines.close()
        self._postgres.close()

    def close_at_exit(self) -> None:
        """For a forked process, which has lost what was to be done at its end."""
        atexit.register(self.close)


class _Migrations:
    """In place of alembic's class: to read its ninety files for the name of the last takes the time of ten events."""

    def __init__(self) -> None:
        self._known: dict[str | None, ScriptDirectory] = {}

    def from_config(self, config: Config) -> ScriptDirectory:
        """The folder of migrations that the configuration names."""
        place = config.get_main_option("script_location")
        if place not in self._known:
            self._known[place] = ScriptDirectory.from_config(config)
        return self._known[place]


class _Revisions:
    """A database that was at the newest revision is not asked again: revisions only grow, and code does not change."""

    def __init__(self, ask: Callable[[Config, Connection], sql.AlembicVersion]) -> None:
        self._ask = ask
        self._newest: dict[tuple[str | None, str], sql.AlembicVersion] = {}

    def __call__(self, config: Config, connection: Connection) -> sql.AlembicVersion:
        """The revision that the database has, and the newest that there is."""
        key = (config.get_main_option("script_location"), str(connection.engine.url))
        known = self._newest.get(key)
        if known is not None:
            return known
        has, newest = self._ask(config, connection)
        if has is not None and has == newest:
            self._newest[key] = (has, newest)
        return has, newest


class _Engines:
    """In place of `create_engine`, for engines without pool.

    The last connection to a database writes its log back when it closes: with one for each event, at each event. There is a
    database for each run, so only those that were asked last stay open.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, tuple[tuple[str, Any], ...]], _KeptEngine] = {}
        self._compiled = _Compiled()
        self._lock = threading.Lock()
        self._abandoned: list[Pool] = []

    def __call__(self, url: str, **options: Any) -> Any:
        """The engine for this database."""
        connect = options.get("connect_args", {})
        if options.keys() - {"poolclass", "connect_args"} or options.get("poolclass") is not NullPool:
            return create_engine(url, **options)
        key = (url, tuple(sorted(connect.items())))
        with self._lock:
            engine = self._known.pop(key, None) or self._compiled.engine(url, connect)
            # The one that was asked last stands last.
            self._known[key] = engine
            late = [self._known.pop(first) for first in list(self._known)[:-MOST]]
        for other in late:
            # One that another thread still holds works on, and is closed with its last user.
            other.close()
        return engine

    def close(self) -> None:
        with self._lock:
            engines = list(self._known.values())
        for engine in engines:
            engine.close()

    def abandon(self) -> None:
        """In a process that user code has forked: its parent's connections are neither used nor closed, which SQLite forbids."""
        self._lock = threading.Lock()
        self._abandoned += [engine.abandon() for engine in self._known.values()]


class _KeptEngine(Engine):
    """Dagster disposes of an engine after each question; this one is closed when its process ends or forks."""

    def dispose(self, close: bool = True) -> None:
        """Nothing: there is a next question."""

    def close(self) -> None:
        """Closes its connections; it can be used again."""
        super().dispose()

    def abandon(self) -> Pool:
        """Its connections, which it has no more."""
        pool = self.pool
        super().dispose(close=False)
        return pool


class _Compiled:
    """Statements that were compiled for one database serve all: a run has one of its own, and would compile each anew."""

    def __init__(self) -> None:
        self._cache = LRUCache[Any, Any](_STATEMENTS)
        self._dialect: Dialect | None = None

    def engine(self, url: str, connect: Any) -> _KeptEngine:
        engine = create_engine(url, poolclass=QueuePool, connect_args=connect)
        # A dialect knows its database from the first connection on; a statement is found again with the one for which it was compiled.
        if self._dialect is None or getattr(self._dialect, "server_version_info", None) is None:
            self._dialect = engine.dialect
        options = {"compiled_cache": self._cache}
        return _KeptEngine(engine.pool, self._dialect, engine.url, execution_options=options)
