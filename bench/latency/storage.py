"""Where a peer keeps its runs: SQLite in a folder, or a PostgreSQL database of its own."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import psycopg

from bench.latency.environments import UnavailableError

SQLITE, POSTGRES = "SQLite", "PostgreSQL"
SERVER = os.environ.get("DAGWAY_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")


@dataclass(frozen=True)
class Storage:
    """Its kind, and the address of the database where it is a server."""

    kind: str
    url: str | None = None


@contextmanager
def storage_of(kind: str) -> Generator[Storage]:
    """A storage that is empty at first and gone afterwards.

    Raises:
        UnavailableError: no PostgreSQL answers.
    """
    if kind == SQLITE:
        yield Storage(kind)
        return
    name = f"dagway_bench_{uuid4().hex[:12]}"
    _execute(f'create database "{name}"')
    try:
        yield Storage(kind, f"{SERVER.rpartition('/')[0]}/{name}")
    finally:
        _execute(f'drop database "{name}" with (force)')


def _execute(statement: str) -> None:
    try:
        with psycopg.connect(SERVER, autocommit=True, connect_timeout=5) as connection:
            connection.execute(statement.encode())
    except psycopg.OperationalError as error:
        raise UnavailableError(f"PostgreSQL does not answer: {error}") from error
