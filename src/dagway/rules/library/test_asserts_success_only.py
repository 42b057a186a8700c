from __future__ import annotations

import ast
from collections.abc import Iterable

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.python import PythonFile

RUNS = {"materialize", "materialize_to_memory", "execute_in_process", "execute_job"}


@rule("test-asserts-success-only", in_tests=True, severity="note", mentions=(".success",))
def check(file: PythonFile) -> Iterable[Problem]:
    """A test asserts that a run succeeded, and nothing else.

    What
        A test function that runs assets or a job and whose only assertion is `result.success`.

    Why
        A run that fails raises anyway: the assertion adds nothing. What the asset wrote may be empty or wrong.

    Broken
        # file: tests/test_orders.py
        import dagster as dg
        from shop.defs import orders


        def test_orders():
            result = dg.materialize([orders])
            assert result.success

    Right
        # file: tests/test_orders.py
        import dagster as dg
        from shop.defs import orders


        def test_orders():
            result = dg.materialize([orders])
            assert result.success
            assert len(result.output_for_node("orders")) == 3

    Source
        The prototype's sample test, which ends with `assert result.success`.
    """
    if not file.is_test:
        return
    for function in [*file.nodes(ast.FunctionDef), *file.nodes(ast.AsyncFunctionDef)]:
        if not function.name.startswith("test"):
            continue
        nodes = list(ast.walk(function))
        asserts = [node for node in nodes if isinstance(node, ast.Assert)]
        if (
            len(asserts) == 1
            and _is_success(asserts[0].test)
            and _runs(nodes)
            and not _asserts_by_call(nodes)
        ):
            yield file.problem(
                asserts[0],
                f"{function.name} asserts only that the run succeeded",
                "Assert what the asset gave: its rows, its metadata, or what it wrote",
                about=function.name,
            )


def _is_success(test: ast.expr) -> bool:
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.comparators[0], ast.Constant):
        return test.comparators[0].value is True and _is_success(test.left)
    return isinstance(test, ast.Attribute) and test.attr == "success"


def _runs(nodes: list[ast.AST]) -> bool:
    return any(_called(node) in RUNS for node in nodes)


def _asserts_by_call(nodes: list[ast.AST]) -> bool:
    """Whether a helper or a mock asserts something, or pytest expects an exception."""
    return any(
        name.startswith(("assert", "check", "verify", "expect")) or name == "raises"
        for name in map(_called, nodes)
    )


def _called(node: ast.AST) -> str:
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name
        case _:
            return ""
