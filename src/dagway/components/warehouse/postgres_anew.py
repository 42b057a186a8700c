"""A table or view of PostgreSQL that gets other columns: altered where it stands, else made anew with the rights it gave.

What others built on it stays. Where it would have to go, nothing is changed and the error names it.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dagway.components.warehouse.session import Columns, quoted
from dagway.errors import DagwayError

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]

MARK = "Made by Dagway: replaced whenever its asset is materialized."
"""The comment of our views: a view without it is somebody else's."""

_LOCKED = "55P03"
"""PostgreSQL's code of a lock that was not to be had in time; the others of its class are refusals."""

_VIEWS = """with recursive built as (
  select to_regclass(%(name)s)::oid as oid
  union
  select r.ev_class from built
  join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = built.oid and d.classid = 'pg_rewrite'::regclass
  join pg_rewrite r on r.oid = d.objid
) select oid::regclass::text from built join pg_class using (oid)
where oid <> to_regclass(%(name)s) and relkind = 'v' and obj_description(oid, 'pg_class') = %(mark)s"""
_GRANTS = """select format('grant %%s on %%s to %%s%%s', privilege_type, oid::regclass,
  case grantee when 0 then 'public' else grantee::regrole::text end,
  case when is_grantable then ' with grant option' else '' end)
from pg_class, aclexplode(relacl) where oid = to_regclass(%(name)s) and grantee <> relowner"""


def altered(connection: Connection, name: str, kept: Columns, new: Columns) -> bool:
    """Empty a table and give it the new columns; False if it cannot be altered, and is as it was.

    Its indexes, its rights and what others built on its other columns stay. Columns that are new stand at its end. Our
    views on it go if they are in the way, and are made when their assets are.

    Args:
        name: the table's, in quotes.
    """
    import psycopg

    before, after = dict(kept), dict(new)
    actions = [f"drop column {_column(one)}" for one in before if one not in after]
    actions += [f"add column {_column(one)} {kind}" for one, kind in new if one not in before]
    actions += [
        f"alter column {_column(one)} type {kind} using null::{kind}"
        for one, kind in new
        if one in before and before[one] != kind
    ]
    statements = [f"truncate {name}", *([f"alter table {name} {', '.join(actions)}"] if actions else [])]
    if tried(connection, statements, (psycopg.Error,)):
        return True
    return tried(connection, [*_without_views(connection, name), *statements], (psycopg.Error,))


def tried(connection: Connection, statements: Sequence[str], refused: tuple[type[Exception], ...]) -> bool:
    """Run statements of a transaction in one go; False if they are refused, and nothing of them is done.

    Raises:
        psycopg.OperationalError: they were not refused: the server is gone, or somebody else kept them waiting too long.
    """
    import psycopg

    together = "; ".join(("savepoint dagway", *statements, "release savepoint dagway"))
    try:
        connection.execute(together.encode())
    except refused as error:
        if isinstance(error, psycopg.OperationalError) and _is_no_refusal(connection, error):
            raise
        connection.execute(b"rollback to savepoint dagway")
        return False
    return True


def _is_no_refusal(connection: Connection, error: psycopg.OperationalError) -> bool:
    """Whether it says nothing of the statement: of a connection, of an operator's hand, of others that came first."""
    if connection.broken or not error.sqlstate:
        return True
    return error.sqlstate == _LOCKED or error.sqlstate.startswith(("08", "40", "57"))


def _without_views(connection: Connection, name: str) -> list[str]:
    """The statement that drops our views on a table or view, at whatever distance; none if there are none."""
    found = [str(view) for (view,) in connection.execute(_VIEWS, {"name": name, "mark": MARK})]
    return [f"drop view {', '.join(found)}"] if found else []


@contextmanager
def anew(connection: Connection, kind: str, name: str) -> Generator[None]:
    """Drop a table or view for the block to make it again: then it gives the rights that it gave.

    Our views on it go too, and are made when their assets are.

    Raises:
        DagwayError: others have built on it.
    """
    from psycopg.errors import DependentObjectsStillExist, InsufficientPrivilege

    grants = [str(grant) for (grant,) in connection.execute(_GRANTS, {"name": name})]
    try:
        for one in (*_without_views(connection, name), f"drop {kind} {name}"):
            connection.execute(one.encode())
    except (DependentObjectsStillExist, InsufficientPrivilege) as error:
        told = "; ".join((error.diag.message_detail or str(error)).splitlines())
        raise DagwayError(
            f"{name} has to be made anew, and what others built on it would be lost: {told}.",
            "Materialize it first if an asset makes it, so that Dagway knows it; else drop it and make it again afterwards,"
            " or keep the columns that it needs.",
        ) from None
    yield
    for grant in grants:
        connection.execute(grant.encode())


def _column(name: str) -> str:
    return quoted(name, "postgres")
