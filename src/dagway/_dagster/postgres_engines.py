"""One connection of a process with PostgreSQL, kept between two questions, in place of a new one for each event.

What is stored, and when it is on the disk, stays Dagster's own. A process that asks nothing for a second closes its
connection: a server has a hundred of them by default, and steps that compute must not hold them all.
"""

from __future__ import annotations

import importlib.util
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import dagster._core.storage.sql as sql
from sqlalchemy import create_engine, event, make_url
from sqlalchemy.engine import Engine
from sqlalchemy.pool import NullPool, Pool

#: Seconds after which a connection that is not used is closed.
IDLE = 1.0
#: Seconds for which a thread that is closing a connection is waited for.
PATIENCE = 10.0
#: What Dagster's storages ask for: an engine that connects anew each time.
_STOCK: Mapping[str, Any] = {"isolation_level": "AUTOCOMMIT", "poolclass": NullPool}
#: The modules that have taken over the function, where they were imported before.
MODULES = tuple(
    f"dagster_postgres.{name}"
    for name in (
        "utils",
        "event_log.event_log",
        "run_storage.run_storage",
        "schedule_storage.schedule_storage",
    )
)


class PostgresEngines:
    """In place of the `create_engine` of Dagster's storages: runs, events and schedules of one database share an engine."""

    def __init__(self) -> None:
        self._known: dict[str, _Kept] = {}
        self._lock = threading.Lock()

    def reuse(self) -> None:
        """From now on, in this process and its forks."""
        if importlib.util.find_spec("dagster_postgres") is None:
            return
        sql.create_engine = self  # pyright: ignore[reportAttributeAccessIssue, reportPrivateImportUsage]
        for module in filter(None, map(sys.modules.get, MODULES)):
            module.create_engine = self  # pyright: ignore[reportAttributeAccessIssue]

    def __call__(self, url: Any, **options: Any) -> Engine:
        """The engine for this database."""
        address = make_url(url)
        if options != _STOCK or address.get_backend_name() != "postgresql":
            return create_engine(url, **options)
        key = address.render_as_string(hide_password=False)
        with self._lock:
            if key not in self._known:
                self._known[key] = _Kept(address)
            return self._known[key].engine

    def close(self) -> None:
        """Closes the connections, and ends the threads that would."""
        with self._lock:
            known = list(self._known.values())
        for kept in known:
            kept.close()

    def abandon(self) -> None:
        """In a process that was forked: the parent's connections are neither used nor closed, which would close them there."""
        self._lock = threading.Lock()
        for kept in self._known.values():
            kept.abandon()


class _Kept:
    """An engine that keeps one connection, and a thread that closes it when it is not used."""

    def __init__(self, url: Any) -> None:
        # A connection that the server has closed meanwhile is found out and made anew.
        self.engine = create_engine(
            url, isolation_level="AUTOCOMMIT", pool_size=1, max_overflow=-1, pool_pre_ping=True
        )
        self._abandoned: list[Pool] = []
        self._begin()
        event.listen(self.engine, "checkin", self._used)

    def close(self) -> None:
        self._end.set()
        for thread in (self._thread, self._closing):
            if thread is not None:
                thread.join(PATIENCE)
        self._end.clear()
        self.engine.dispose()

    def abandon(self) -> None:
        self._abandoned.append(self.engine.pool)
        self.engine.dispose(close=False)
        self._begin()

    def _begin(self) -> None:
        # The collector of garbage may give back a connection while this is held.
        self._lock, self._end = threading.RLock(), threading.Event()
        #: The thread that waits, and the one that closes.
        self._thread: threading.Thread | None = None
        self._closing: threading.Thread | None = None
        self._last = 0.0

    def _used(self, *_: object) -> None:
        with self._lock:
            self._last = time.monotonic()
            if self._thread is None and not self._end.is_set():
                thread = threading.Thread(target=self._close_idle, name="dagway-idle", daemon=True)
                # Where no thread can start any more, as at a process's end, the connection stays for its rest.
                with suppress(RuntimeError):
                    thread.start()
                    self._thread = thread

    def _close_idle(self) -> None:
        while not self._end.wait(max(self._last + IDLE - time.monotonic(), 0.01)):
            with self._lock:
                if time.monotonic() < self._last + IDLE:
                    continue
                self._closing, self._thread = self._thread, None
            # Not `dispose`: a connection that comes back at this moment would stay open in a pool that nobody has. A server
            # that is gone is no news here: whoever asks next is told.
            with suppress(Exception):
                connection = self.engine.raw_connection()
                connection.detach()
                connection.close()
            return
        with self._lock:
            self._thread = None
