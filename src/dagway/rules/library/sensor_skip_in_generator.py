from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import cast

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.names import own_nodes
from dagway.rules.source.python import Definition, PythonFile

LOSING = ("asset_sensor", "multi_asset_sensor", "schedule")


@rule("sensor-skip-in-generator", severity="error", mentions=("SkipReason",))
def check(file: PythonFile) -> Iterable[Problem]:
    """A returned SkipReason is lost, or fails the tick.

    What
        `return SkipReason(…)` in a generator (a function with `yield`) under `@asset_sensor`, `@multi_asset_sensor` or
        `@schedule`; and in any sensor after a `RunRequest` was yielded. A plain `@sensor` keeps what a generator returns.

    Why
        Dagster reads what such a generator yields and never sees what it returns: the tick shows no reason. After a
        `RunRequest` the reason contradicts it, and the tick fails.

    Broken
        import dagster as dg


        @dg.asset_sensor(asset_key=dg.AssetKey("orders"), job_name="report")
        def orders_changed(context, event):
            if event is None:
                return dg.SkipReason("nothing new")
            yield dg.RunRequest(run_key=context.cursor)

    Right
        import dagster as dg


        @dg.asset_sensor(asset_key=dg.AssetKey("orders"), job_name="report")
        def orders_changed(context, event):
            if event is None:
                yield dg.SkipReason("nothing new")
                return
            yield dg.RunRequest(run_key=context.cursor)

    Source
        Dagster's evaluation of sensors and schedules, read in its source.
    """
    for definition in file.defined("sensor", *LOSING):
        own = list(own_nodes(definition.function))
        if not any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own):
            continue
        for node in own:
            if isinstance(node, ast.Return) and _is(file, node.value, "SkipReason"):
                yield from _judged(file, definition, node)


def _judged(file: PythonFile, definition: Definition, node: ast.Return) -> Iterator[Problem]:
    remedy = "Write `yield dg.SkipReason(…)` and a bare `return` after it"
    if definition.kind in LOSING:
        kind = "schedule" if definition.kind == "schedule" else f"@{definition.kind}"
        yield file.problem(node, f"Dagster loses what a generator under {kind} returns", remedy)
    elif _after_request(file, node):
        yield file.problem(
            node, "a SkipReason after a RunRequest fails the tick", "Return nothing once a run was requested"
        )


def _after_request(file: PythonFile, node: ast.Return) -> bool:
    """Whether a RunRequest was certainly yielded before: earlier in the same block, or in one around it."""
    inside: ast.AST = node
    for parent in file.parents(node):
        body = cast("list[ast.AST] | ast.AST", getattr(parent, "body", []))
        earlier = body[: body.index(inside)] if isinstance(body, list) and inside in body else []
        if any(isinstance(item, ast.Expr) and _requests(file, item.value) for item in earlier):
            return True
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef):
            return False
        inside = parent
    return False


def _requests(file: PythonFile, node: ast.expr) -> bool:
    return isinstance(node, ast.Yield) and _is(file, node.value, "RunRequest")


def _is(file: PythonFile, node: ast.expr | None, name: str) -> bool:
    return isinstance(node, ast.Call) and file.dagster(node.func) == name
