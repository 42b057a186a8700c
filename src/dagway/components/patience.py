"""How long a database is waited for: without an end, a server that falls silent would hold a run for ever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CONNECT = 30
"""Seconds until there is a connection."""
ANSWER = 60 * 60
"""Seconds until the next answer, or the next rows of one."""
STATEMENT = 6 * 60 * 60
"""Seconds that a statement of a warehouse may take: it builds a whole table."""

CONNECT_TEXT = "Seconds to wait for a connection."
ANSWER_TEXT = "Seconds to wait for the next answer, or for the next rows of one."


@dataclass(frozen=True)
class Waits:
    """Seconds that a database is waited for: until there is a connection, and until the next answer."""

    connect: int = CONNECT
    answer: int = ANSWER


WAITS = Waits()
"""What is waited where nobody says otherwise."""


def postgres_settings(connect_timeout: int) -> Mapping[str, int]:
    """What libpq connects with, so that a network that falls silent is noticed within two minutes."""
    return {
        "connect_timeout": connect_timeout,
        "keepalives": 1,
        "keepalives_idle": 30,
        "keepalives_interval": 15,
        "keepalives_count": 4,
        "tcp_user_timeout": 90_000,
    }


def statement_limit(seconds: int) -> str:
    """The statement that limits those that follow it in a session of PostgreSQL, unless they are limited already."""
    return (
        f"select set_config('statement_timeout', '{seconds}s', false)"
        " where current_setting('statement_timeout') = '0'"
    )
