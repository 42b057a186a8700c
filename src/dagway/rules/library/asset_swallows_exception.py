from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.names import Function
from dagway.rules.source.python import COMPUTES, INTEGRATED, PythonFile
from dagway.rules.source.results import is_empty, says_failed

BROAD = {"Exception", "BaseException"}
LOGGING = {"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print", "print_exc"}


@rule("asset-swallows-exception", severity="error", mentions=("except",))
def check(file: PythonFile) -> Iterable[Problem]:
    """A failed load is recorded as a success.

    What
        A `try` round an asset's work whose handler catches every exception and only logs it, returns nothing, something
        empty or a result that says it failed, or puts something empty in the place of the result. Handlers that raise, keep
        the failure for later or stand in a loop are left alone, and so are those after a call that may have been the work:
        they may guard a message or a tidying up.

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
            for handler in attempt.node.handlers:
                if _is_broad(handler) and _hides(attempt, handler, definition.function):
                    yield file.problem(
                        handler,
                        f"an exception in the asset {definition.name} is caught, and its run succeeds",
                        "End the handler with `raise`, or raise dg.Failure with what is known",
                    )


@dataclass(frozen=True, eq=False)
class Attempt:
    """A `try` that runs at most once, and what runs before and after it."""

    node: ast.Try
    before: list[ast.stmt]
    after: list[ast.stmt]
    conditional: bool


def _attempts(
    body: list[ast.stmt],
    before: Sequence[ast.stmt] = (),
    after: Sequence[ast.stmt] = (),
    conditional: bool = False,
) -> Iterator[Attempt]:
    """Each `try` that is not in a loop, and not in a function within."""
    for number, statement in enumerate(body):
        earlier, later = [*before, *body[:number]], [*body[number + 1 :], *after]
        if isinstance(statement, ast.Try):
            yield Attempt(statement, earlier, later, conditional)
        elif isinstance(statement, ast.With | ast.AsyncWith):
            yield from _attempts(statement.body, earlier, later, conditional)
        elif isinstance(statement, ast.If):
            for branch in (statement.body, statement.orelse):
                yield from _attempts(branch, earlier, later, conditional=True)


def _hides(attempt: Attempt, handler: ast.ExceptHandler, function: Function) -> bool:
    """Whether the work was tried, and the handler lets the run end as if it were done."""
    if not _goes_on(handler, attempt.node):
        return False
    returns = isinstance(handler.body[-1], ast.Return)
    if returns and _has_result(attempt.node):
        return True
    # What follows may do the work in another way, unless it takes what the handler put in the place of the result.
    if any(not _is_idle(statement) for statement in attempt.after):
        replaces = returns or any(isinstance(item, ast.Assign) for item in handler.body)
        return replaces and _is_most(attempt.node, function)
    return _is_work(attempt, function)


def _is_work(attempt: Attempt, function: Function) -> bool:
    """Whether the work itself is tried: whatever was called before may have been it, and this a message about it."""
    if any(_calls(statement) for statement in attempt.before):
        return False
    return not attempt.conditional or _is_most(attempt.node, function)


def _calls(statement: ast.stmt) -> bool:
    """Whether it calls anything, lines of a log aside."""
    return not _is_idle(statement) and any(isinstance(node, ast.Call) for node in ast.walk(statement))


def _has_result(attempt: ast.Try) -> bool:
    return any(_is_result(node) for statement in attempt.body for node in ast.walk(statement))


def _is_most(attempt: ast.Try, function: Function) -> bool:
    """Whether it holds half of the function's statements, not counting what handles and one that writes the result."""
    every, tried = _count(function.body), _count(attempt.body)
    handled = sum(_count(handler.body) for handler in attempt.handlers)
    return tried * 2 >= every - handled - len(attempt.handlers)


def _count(body: list[ast.stmt]) -> int:
    """How many statements there are; docstrings and lines of a log are none."""
    nodes = (node for statement in body for node in ast.walk(statement))
    return sum(
        isinstance(node, ast.stmt) and not (isinstance(node, ast.Expr) and _is_idle(node)) for node in nodes
    )


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
    return all(_is_idle(statement, tried, handler.name or "") for statement in handler.body)


def _is_idle(statement: ast.stmt, tried: Set[str] = frozenset(), error: str = "") -> bool:
    """Whether it only logs, or gives back or sets something empty.

    Args:
        tried: the names that the `try` sets.
        error: the exception's name.
    """
    match statement:
        case ast.Pass() | ast.Return(value=None):
            return True
        case ast.Return(value=ast.expr() as value):
            return is_empty(value) or says_failed(value, error)
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return name in tried and is_empty(value)
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name))):
            return name in LOGGING
        case ast.Expr(value=ast.Constant() | ast.Yield(value=None)):
            return True
        case _:
            return False
