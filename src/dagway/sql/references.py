"""Which tables a query reads, and where it names them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from dagway.sql.names import Key, key_of
from dagway.sql.parse import nodes, place, statement

if TYPE_CHECKING:
    from sqlglot.expressions import CTE, Table, With
    from sqlglot.expressions.core import Expr


@dataclass(frozen=True)
class Reference:
    """A table where a query names it: `catalog` and `schema` are empty where the query leaves them out."""

    catalog: str
    schema: str
    name: str
    line: int
    column: int

    @property
    def key(self) -> Key:
        """The asset key that the name means; a name without a schema is a key of one segment."""
        if self.catalog:
            return (self.catalog, self.schema, self.name)
        return key_of(self.schema, self.name) if self.schema else (self.name,)

    @property
    def text(self) -> str:
        """The name as the query writes it, without quotes."""
        return ".".join(part for part in (self.catalog, self.schema, self.name) if part)


def tables(sql: str, dialect: str) -> tuple[Key, ...]:
    """The keys of the tables that a query reads, each once, by first appearance.

    `shop.orders` is `("shop", "orders")`, `a__b.c` is `("a", "b", "c")`. Common table expressions and table functions
    are left out.

    Raises:
        SqlError: it is no query.
    """
    return tuple(dict.fromkeys(reference.key for reference in references(sql, dialect)))


@lru_cache(maxsize=4096)
def references(sql: str, dialect: str) -> tuple[Reference, ...]:
    """Every place where the query names a table, in the order of the text.

    Raises:
        SqlError: it is no query.
    """
    from sqlglot import expressions as exp

    found = [
        Reference(table.catalog, table.db, table.name, *place(_first_part(table)))
        for table in nodes(statement(sql, dialect))
        if isinstance(table, exp.Table) and isinstance(table.this, exp.Identifier) and not is_common(table)
    ]
    return tuple(sorted(found, key=lambda reference: (reference.line, reference.column)))


def _first_part(table: Table) -> Expr:
    return table.args.get("catalog") or table.args.get("db") or table.this


def is_common(table: Table) -> bool:
    """Whether the name means a common table expression of a query around it."""
    return common_expression(table) is not None


def common_expression(table: Table) -> CTE | None:
    """The common table expression that the name means; the nearest one if several have it."""
    if table.db:
        return None
    name = table.name.lower()
    return next((common for common in _visible(table) if common.alias.lower() == name), None)


def _visible(table: Table) -> Iterator[CTE]:
    from sqlglot.expressions import With

    inside: Expr = table
    while around := inside.parent:
        if isinstance(around, With):
            yield from _earlier(around, inside)
        elif not isinstance(inside, With):
            yield from common_expressions(around)
        inside = around


def common_expressions(tree: Expr) -> list[CTE]:
    """What stands in the `with` of a query; the argument's name differs between releases of sqlglot."""
    clause = tree.args.get("with_") or tree.args.get("with")
    return clause.expressions if clause else []


def _earlier(clause: With, inside: Expr) -> Iterator[CTE]:
    """What an expression of a `with` can see of it: those before it, and itself in a recursive one."""
    for common in clause.expressions:
        if common is not inside:
            yield common
            continue
        if clause.args.get("recursive"):
            yield common
        return
