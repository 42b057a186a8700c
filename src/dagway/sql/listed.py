"""The columns that a query lists by name, where nobody has to know a table to tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dagway.sql.parse import statement

if TYPE_CHECKING:
    from sqlglot.expressions.core import Expr

_SETS = frozenset({"union", "intersect", "except"})


def listed_columns(sql: str, dialect: str) -> tuple[str, ...] | None:
    """The names of a query's columns; None if a `*` or an expression without a name is among them.

    Raises:
        SqlError: it is no query.
    """
    tree = statement(sql, dialect)
    while tree.key == "subquery" or tree.key in _SETS:
        if tree.args.get("by_name"):
            return None
        tree = tree.this
    names = [_name(expression) for expression in tree.expressions] if tree.key == "select" else [""]
    return tuple(names) if all(names) else None


def _name(expression: Expr) -> str:
    """The one name; empty where there are several, or where the engine makes one up."""
    inner = expression.this if expression.key == "alias" else expression
    if expression.is_star or inner.key in {"columns", "unnest", "explode"}:
        return ""
    return expression.alias_or_name if expression.key in {"alias", "column", "dot"} else ""
