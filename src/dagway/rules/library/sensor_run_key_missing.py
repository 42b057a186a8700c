from __future__ import annotations

import ast
from collections.abc import Iterable

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.names import own_nodes
from dagway.rules.source.python import PythonFile, keyword

#: What a sensor that remembers by itself looks at.
REMEMBERS = {
    "cursor",
    "update_cursor",
    "instance",
    "last_run_key",
    "last_tick_completion_time",
    "last_completion_time",
}


@rule("sensor-run-key-missing", severity="warning", mentions=("RunRequest",))
def check(file: PythonFile) -> Iterable[Problem]:
    """A polling sensor asks for the same run at every tick.

    What
        A `@sensor` that yields or returns a `RunRequest` without `run_key` and keeps no cursor. Sensors on assets and on the
        status of runs are exempt, for Dagster keeps their cursor.

    Why
        A sensor is asked every half minute. Without a key or a cursor it cannot know what it has asked for, and starts the
        same work again for as long as its condition holds.

    Broken
        import os

        import dagster as dg


        @dg.sensor(job_name="load_orders")
        def new_files(context):
            for name in os.listdir("inbox"):
                yield dg.RunRequest(run_config={"ops": {"load": {"config": {"file": name}}}})

    Right
        import os

        import dagster as dg


        @dg.sensor(job_name="load_orders")
        def new_files(context):
            for name in os.listdir("inbox"):
                yield dg.RunRequest(run_key=name, run_config={"ops": {"load": {"config": {"file": name}}}})

    Source
        "Sensors (Event-Driven)" of the prototype's workflow, as Dagster documents run keys and cursors.
    """
    for definition in file.defined("sensor"):
        nodes = list(ast.walk(definition.function))
        if any(isinstance(node, ast.Attribute) and node.attr in REMEMBERS for node in nodes):
            continue
        if any(isinstance(node, ast.keyword) and node.arg == "cursor" for node in nodes):
            continue
        if _hands_on_context(definition.function, nodes):
            continue
        for node in own_nodes(definition.function):
            if (
                isinstance(node, ast.Call)
                and file.dagster(node.func) == "RunRequest"
                and not _has_key(file, node)
            ):
                yield file.problem(
                    node,
                    f"the sensor {definition.name} requests a run without run_key and keeps no cursor",
                    "Give RunRequest a run_key that names what is new, or keep a cursor",
                )


def _hands_on_context(function: ast.FunctionDef | ast.AsyncFunctionDef, nodes: list[ast.AST]) -> bool:
    """Whether a helper gets the context: it may keep the cursor."""
    context = next((item.arg for item in (*function.args.posonlyargs, *function.args.args)), None)
    given = (
        value
        for node in nodes
        if isinstance(node, ast.Call)
        for value in (*node.args, *(item.value for item in node.keywords))
    )
    return any(isinstance(value, ast.Name) and value.id == context for value in given)


def _has_key(file: PythonFile, call: ast.Call) -> bool:
    if call.args or any(item.arg is None for item in call.keywords):
        return True
    key = keyword(call, "run_key")
    return key is not None and not (isinstance(key, ast.Constant) and key.value is None)
