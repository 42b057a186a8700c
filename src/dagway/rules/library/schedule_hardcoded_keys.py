from __future__ import annotations

import ast
from collections.abc import Iterable

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.python import PythonFile, keyword


@rule("schedule-hardcoded-keys", severity="note", mentions=("define_asset_job", "ScheduleDefinition"))
def check(file: PythonFile, *, most: int = 5) -> Iterable[Problem]:
    """A job lists its assets one by one.

    What
        A job or schedule whose selection names more assets than `most`, where a selection by group, tag or kind would do.

    Why
        A new asset that is forgotten in the list is never run, and each rename has to be made in several places.

    Broken
        import dagster as dg

        daily = dg.define_asset_job("daily", selection=["a", "b", "c", "d", "e", "f"])

    Right
        import dagster as dg

        daily = dg.define_asset_job("daily", selection="tag:schedule=daily")

    Source
        "Schedules/jobs use asset selection syntax (not hardcoded keys) for scalability".
    """
    for call, name in file.calls("define_asset_job", "ScheduleDefinition"):
        given = keyword(call, "selection" if name == "define_asset_job" else "target")
        if given and (count := _count(file, file.expression(given))) > most:
            job = file.value(keyword(call, "name") or (call.args[0] if call.args else None))
            yield file.problem(
                given,
                f"{count} assets are listed by hand",
                "Select them by group, tag or kind, such as tag:schedule=daily",
                about=job if isinstance(job, str) else "",
            )


def _count(file: PythonFile, node: ast.expr) -> int:
    """How many assets an expression names one by one."""
    if isinstance(node, ast.List | ast.Tuple):
        return sum(not isinstance(item, ast.Starred) for item in node.elts)
    if isinstance(node, ast.Call) and file.dagster(node.func) in {"assets", "keys"}:
        return sum(not isinstance(item, ast.Starred) for item in node.args)
    return 0
