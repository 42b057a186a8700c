"""Tables beside the one that is loaded, where rows arrive first. A load drops its own; one that was killed cannot.

Their names say when they were made, so that a later load of the same table can tell what a killed one left from what
a running one uses.
"""

from __future__ import annotations

import re
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from secrets import token_hex

from dagway.components.warehouse.session import Session, split

OLD = 2 * 24 * 60 * 60
"""Seconds after which no load still runs."""
_PREFIX = "dagway_new_"
_LONGEST = 63
"""Bytes of a name in PostgreSQL, which cuts longer ones without a word."""


def beside(name: str) -> str:
    """A new table's name for rows of the table of that name."""
    return _cut(f"{_PREFIX}{int(time.time()):08x}{token_hex(4)}__{name}")


@contextmanager
def arrival(session: Session, table: str) -> Generator[str]:
    """The name of a table beside it for rows to arrive in, dropped after the block; what killed loads left goes before.

    Each load has its own: runs of two parts of a table come at the same time.
    """
    schema, name = split(table)
    arrived = f"{schema}.{beside(name)}" if schema else beside(name)
    dropped = f"drop table if exists {session.name(arrived)}"
    sweep(session, table)
    try:
        yield arrived
    except BaseException:
        # What a warehouse that is gone keeps goes with a later load; why it is gone is what has to be told.
        with suppress(*session.errors):
            session.execute(dropped)
        raise
    session.execute(dropped)


def left_behind(name: str, found: Iterable[str]) -> list[str]:
    """Those of the found names that a load of the table made so long ago that it has ended.

    A table beside the table may have one beside itself.
    """
    like = re.compile(rf"(?:{_PREFIX}([0-9a-f]{{8}})[0-9a-f]{{8}}__)+", re.IGNORECASE)
    made = [(one, match) for one in found if (match := like.match(one))]
    return [
        one
        for one, match in made
        if one.lower() == _cut(match[0] + name).lower() and int(match[1], 16) < time.time() - OLD
    ]


def sweep(session: Session, table: str) -> None:
    """Drop what loads of the table left that were killed. What lies beside a table beside it belongs to it, too."""
    schema, name = split(table)
    if not schema or name.startswith(_PREFIX):
        return
    text = schema.replace("'", "''")
    found = session.rows(
        "select table_name from information_schema.tables"
        f" where lower(table_schema) = lower('{text}') and lower(table_name) like 'dagway!_new!_%' escape '!'"
    )
    for one in left_behind(name, [str(row[0]) for row in found]):
        left = one.lower() if session.dialect == "snowflake" else one
        session.execute(f"drop table if exists {session.name(f'{schema}.{left}')}")


def _cut(name: str) -> str:
    return name.encode()[:_LONGEST].decode(errors="ignore")
