"""An automation expression as a Dagster condition, built from the syntax tree: no text is evaluated."""

import ast
from typing import Any

import dagster as dg

from dagway.errors import DagwayError

Condition = dg.AutomationCondition[Any]


def condition(text: str | None, timezone: str) -> Condition | None:
    """`eager | on_cron('0 9 * * *')` as a condition; None for none.

    Raises:
        DagwayError: it is no automation.
    """
    if text is None:
        return None
    from dagway.blueprint.expression import parse  # it imports croniter

    try:
        source = parse(text, timezone)
    except ValueError as error:
        raise DagwayError(f"automation: {error}.") from None
    return _built(ast.parse(source, mode="eval").body)


def _built(node: ast.expr) -> Condition:
    """What `blueprint.expression.parse` writes, and nothing else: calls of a condition, `&`, `|` and `~`."""
    match node:
        case ast.Call(func=ast.Attribute(attr="eager")):
            return dg.AutomationCondition.eager()
        case ast.Call(func=ast.Attribute(attr="on_missing")):
            return dg.AutomationCondition.on_missing()
        case ast.Call(
            func=ast.Attribute(attr="on_cron"), args=[ast.Constant(str(cron)), ast.Constant(str(zone))]
        ):
            return dg.AutomationCondition.on_cron(cron, zone)
        case ast.BinOp(left=left, op=ast.BitAnd(), right=right):
            return _built(left) & _built(right)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _built(left) | _built(right)
        case ast.UnaryOp(op=ast.Invert(), operand=operand):
            return ~_built(operand)
        case _:
            raise DagwayError(f"automation: {ast.unparse(node)} is no condition.")
