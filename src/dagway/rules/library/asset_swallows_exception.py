from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.names import Function
from dagway.rules.source.python import COMPUTES, INTEGRATED, PythonFile

BROAD = {"Exception", "BaseException"}
LOGGING = {"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print", "print_exc"}
EMPTY = {"DataFrame", "MaterializeResult", "list", "dict", "tuple", "set", "Output"}


@rule("asset-swallows-exception", severity="error", mentions=("except",))
def check(file: PythonFile) -> Iterable[Problem]:
    """A failed load is recorded as a success.

    What
        A `try` round an asset's work whose handler catches every exception and only logs it, returns nothing or something
        empty, or puts something empty in the place of the result. Handlers that raise, keep the failure for later, or stand
        in a loop are left alone.

    Why
        The asset's run succeeds although nothing, or an empty table, was written. No alert is sent, no retry happens, and
        everything downstream runs on what is missing or old.

    Broken
        import dagster as dg


        @dg.asset
        def orders(context: dg.AssetExecutionContext) -> None:
            try:
                load_orders()
            except Exception as error:
                context.log.error(f"could not load: {error}")

    Right
        import dagster as dg


        @dg.asset
        def orders(context: dg.AssetExecutionContext) -> None:
            try:
                load_orders()
            except Exception:
                context.log.error("could not load")
                raise

    Source
        "Error Handling: Handle errors gracefully in assets/ops", which must not mean to hide them.
    """
    for definition in file.defined(*COMPUTES, *INTEGRATED):
        for attempt, after in _attempts(definition.function.body):
            for handler in attempt.handlers:
                if _is_broad(handler) and _hides(attempt, handler, after, definition.function):
                    yield file.problem(
                        handler,
                        f"an exception in the asset {definition.name} is caught, and its run succeeds",
                        "End the handler with `raise`, or raise dg.Failure with what is known",
                    )


def _attempts(body: list[ast.stmt]) -> Iterator[tuple[ast.Try, list[ast.stmt]]]:
    """Each `try` that runs once, with what follows it: not in a loop, and not in a function within."""
    for number, statement in enumerate(body):
        if isinstance(statement, ast.Try):
            yield statement, body[number + 1 :]
        elif isinstance(statement, ast.With | ast.AsyncWith):
            yield from ((attempt, after + body[number + 1 :]) for attempt, after in _attempts(statement.body))


def _hides(attempt: ast.Try, handler: ast.ExceptHandler, after: list[ast.stmt], function: Function) -> bool:
    """Whether the work was tried, and the handler lets the run end as if it were done."""
    if not _goes_on(handler, attempt):
        return False
    if isinstance(handler.body[-1], ast.Return):
        return _has_result(attempt) or _is_most(attempt, function) or not after
    # What follows may do the work in another way, unless it takes what the handler put in the place of the result.
    if any(not _is_idle(statement, set()) for statement in after):
        return any(isinstance(item, ast.Assign) for item in handler.body) and _is_most(attempt, function)
    return True


def _has_result(attempt: ast.Try) -> bool:
    return any(_is_result(node) for statement in attempt.body for node in ast.walk(statement))


def _is_most(attempt: ast.Try, function: Function) -> bool:
    """Whether it holds half of the function's statements, not counting what handles and one that writes the result."""
    every, tried = _count(function.body), _count(attempt.body)
    handled = sum(_count(handler.body) for handler in attempt.handlers)
    return tried * 2 >= every - handled - len(attempt.handlers)


def _count(body: list[ast.stmt]) -> int:
    return sum(isinstance(node, ast.stmt) for statement in body for node in ast.walk(statement))


def _is_result(node: ast.AST) -> bool:
    return isinstance(node, ast.Return | ast.Yield | ast.YieldFrom) and node.value is not None


def _is_broad(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id in BROAD) for kind in kinds)


def _goes_on(handler: ast.ExceptHandler, attempt: ast.Try) -> bool:
    """Whether the handler does nothing but log, and give back or set something empty."""
    if attempt.finalbody and any(
        isinstance(node, ast.Raise) for item in attempt.finalbody for node in ast.walk(item)
    ):
        return False
    nodes = (node for item in attempt.body for node in ast.walk(item))
    tried = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return all(_is_idle(statement, tried) for statement in handler.body)


def _is_idle(statement: ast.stmt, tried: set[str]) -> bool:
    match statement:
        case ast.Pass() | ast.Return(value=None):
            return True
        case ast.Return(value=ast.expr() as value):
            return _is_empty(value)
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return name in tried and _is_empty(value)
        case ast.Expr(value=ast.Call() as call):
            return _is_log(call)
        case ast.Expr(value=ast.Constant() | ast.Yield(value=None)):
            return True
        case _:
            return False


def _is_log(call: ast.Call) -> bool:
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name in LOGGING
        case _:
            return False


def _is_empty(value: ast.expr) -> bool:
    match value:
        case ast.Constant():
            return True
        case ast.List(elts=[]) | ast.Dict(keys=[]) | ast.Tuple(elts=[]):
            return True
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name == "MaterializeResult" or (name in EMPTY and not value.args and not value.keywords)
        case _:
            return False
