"""A connection to PostgreSQL that waits for no answer without an end.

`statement_timeout` is the server's own: one that hangs, or a network between that swallows its answers, keeps to no limit.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg

T = TypeVar("T")
_Waiting = Generator[Any, Any, T]


class BoundedConnection(psycopg.Connection[tuple[Any, ...]]):
    """A connection that ends where the server has sent nothing for `patience` seconds.

    Raises:
        psycopg.OperationalError: of whatever is asked of it, when that is so.
    """

    patience: float = float("inf")

    def wait(self, gen: _Waiting[T], *args: Any, **kwargs: Any) -> T:
        """As the driver waits, which looks up ten times a second."""
        return super().wait(self._bounded(gen), *args, **kwargs)

    def _bounded(self, gen: _Waiting[T]) -> _Waiting[T]:
        heard = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if ready:
                    heard = time.monotonic()
                elif time.monotonic() - heard > self.patience:
                    # Else a rollback would wait for the same server.
                    self.pgconn.finish()
                    raise psycopg.OperationalError(f"The server has sent nothing for {self.patience:g} s.")
                wanted = gen.send(ready)
        except StopIteration as end:
            return end.value
