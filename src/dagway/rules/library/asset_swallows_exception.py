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
        for attempt in _attempts(definition.function.body):
            if not _is_the_work(attempt, definition.function):
                continue
            for handler in attempt.handlers:
                if _is_broad(handler) and _goes_on(handler, attempt):
                    yield file.problem(
                        handler,
                        f"an exception in the asset {definition.name} is caught, and its run succeeds",
                        "End the handler with `raise`, or raise dg.Failure with what is known",
                    )


def _attempts(body: list[ast.stmt]) -> Iterator[ast.Try]:
    """Each `try` that runs once: not in a loop, and not in a function within."""
    for statement in body:
        if isinstance(statement, ast.Try):
            yield statement
        elif isinstance(statement, ast.With | ast.AsyncWith):
            yield from _attempts(statement.body)


def _is_the_work(attempt: ast.Try, function: Function) -> bool:
    """Whether it holds most of the function's statements, or what the function gives back."""
    if any(_is_result(node) for statement in attempt.body for node in ast.walk(statement)):
        return True
    every = sum(isinstance(node, ast.stmt) for statement in function.body for node in ast.walk(statement))
    tried = sum(isinstance(node, ast.stmt) for statement in attempt.body for node in ast.walk(statement))
    handled = sum(isinstance(node, ast.stmt) for handler in attempt.handlers for node in ast.walk(handler))
    return tried * 2 >= every - handled - 1 or (attempt is function.body[-1] and bool(tried))


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
