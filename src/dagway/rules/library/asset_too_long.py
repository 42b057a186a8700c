from __future__ import annotations

import ast
from collections.abc import Iterable

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.names import Function
from dagway.rules.source.python import ASSETS, INTEGRATED, PythonFile


@rule("asset-too-long", severity="note")
def check(file: PythonFile, *, lines: int = 80) -> Iterable[Problem]:
    """An asset's function is long.

    What
        A compute function of more than `lines` lines of code; its docstring, comments and blank lines are not counted.

    Why
        An asset that fetches, cleans, joins and writes fails as one, is run again as one, and cannot be tested in parts.

    Broken
        # file: pyproject.toml
        [tool.dagway.check.rules.asset-too-long]
        lines = 3
        # file: defs/orders.py
        import dagster as dg


        @dg.asset
        def orders() -> list:
            rows = fetched()
            rows = without_duplicates(rows)
            rows = with_customers(rows)
            return rows

    Right
        # file: defs/orders.py
        import dagster as dg


        @dg.asset
        def orders() -> dict:
            return cleaned(fetched())

    Source
        "Keep assets focused and composable".
    """
    for definition in file.defined(*ASSETS, *INTEGRATED):
        count = _lines(file, definition.function)
        if count > lines:
            yield file.problem(
                definition.function,
                f"the asset {definition.name} is {count} lines long",
                "Take steps out into functions, or make intermediate results assets of their own",
            )


def _lines(file: PythonFile, function: Function) -> int:
    """Lines of code of a function's body."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    if not body:
        return 0
    first, last = body[0].lineno, function.end_lineno or body[-1].lineno
    lines = (line.strip() for line in file.tree_lines[first - 1 : last])
    return sum(bool(line) and not line.startswith("#") for line in lines)
