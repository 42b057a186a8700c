"""A view where a load wants a table: the same on every warehouse."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from dagway.components.warehouse import Session
from dagway.components.warehouse.merge import merge


def gives_way(session: Session, one: Callable[[], pa.RecordBatchReader]) -> None:
    """Each way to load a part makes a table of the view, and leaves what the view read as it was.

    Args:
        one: a row whose column `id` is 1.
    """
    session.create_table("landing.orders", "select 1 as id, 'kept' as note")
    for load in (
        lambda: session.create_table("marts.part", "select 1 as id", "id = 1"),
        lambda: session.replace("marts.part", one(), "id = 1"),
        lambda: merge(session, "marts.part", one(), ["id"]),
    ):
        session.create_view("marts.part", "select id from landing.orders")
        assert session.exists("marts.part")
        assert not session.is_table("marts.part")
        load()
        assert session.is_table("marts.part")
        assert session.rows("select id from marts.part") == [(1,)]
        assert session.rows("select id, note from landing.orders") == [(1, "kept")]
    assert not session.is_table("marts.none")
