"""The automation expression: `eager`, `on_missing`, `on_cron('0 9 * * *')`, joined by `and`, `or`, `not`, `|`, `&`, `~`.

It reads like Python because it is a subset of Python's grammar, read by `ast` and never evaluated.
"""

from __future__ import annotations

import ast
from typing import Annotated

from pydantic import AfterValidator, Field

from dagway.blueprint.cron import checked_cron

_TERMS = ("eager", "on_missing")
_WRITE = "write eager, on_missing or on_cron('0 9 * * *'), joined by and, or, not"


def parse(text: str, timezone: str = "UTC") -> str:
    """The expression as Python source over `dg.AutomationCondition`, in brackets where they are needed.

    Raises:
        ValueError: it is no expression of the three conditions.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        return _source(tree, timezone)
    except (SyntaxError, RecursionError, MemoryError, ValueError) as error:
        reason, _, remedy = (str(error) if type(error) is ValueError else "it cannot be read").partition("; ")
        raise ValueError(f"{text!r} is no automation: {reason}; {remedy or _WRITE}") from None


def _source(node: ast.expr, timezone: str) -> str:
    match node:
        case ast.Name(id=name) if name in _TERMS:
            return f"dg.AutomationCondition.{name}()"
        case ast.Call(func=ast.Name(id="on_cron"), args=[ast.Constant(value=str(cron))], keywords=[]):
            return f"dg.AutomationCondition.on_cron({checked_cron(cron)!r}, {timezone!r})"
        case ast.BoolOp(op=ast.And(), values=values):
            return _joined(" & ", values, timezone)
        case ast.BoolOp(op=ast.Or(), values=values):
            return _joined(" | ", values, timezone)
        case ast.BinOp(left=left, op=ast.BitAnd(), right=right):
            return _joined(" & ", [left, right], timezone)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _joined(" | ", [left, right], timezone)
        case ast.UnaryOp(op=ast.Not() | ast.Invert(), operand=operand):
            return f"~{_source(operand, timezone)}"
        case _:
            raise ValueError(f"{ast.unparse(node)!r} is unknown")


def _joined(operator: str, nodes: list[ast.expr], timezone: str) -> str:
    return "(" + operator.join(_source(node, timezone) for node in nodes) + ")"


def _checked(text: str) -> str:
    parse(text)
    return text


AutomationExpression = Annotated[
    str, AfterValidator(_checked), Field(examples=["eager", "eager | on_missing"])
]
"""The text as written, known to be an expression."""
