"""What a person wrote in the project since it was built: the plan says no longer that it is to be written."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from dagway.prototype.build.modules import module_path
from dagway.prototype.model import Plan
from dagway.prototype.planning.functions import how_of, to_write


def as_written(plan: Plan, folder: Path) -> Plan:
    """The plan of a project, in the folder where it is or will be, with the functions that its own files have by now."""
    written = {one for one in set(_references(plan)) if _is_written(folder / plan.name, one)}
    if not written:
        return plan
    done = tuple(map(to_write, written))
    return replace(
        plan,
        assets=tuple(
            replace(asset, scaffolded=False, reason=how_of(asset.python, asset.checks, exists=True)[-1])
            if asset.python in written
            else asset
            for asset in plan.assets
        ),
        notes=tuple(note for note in plan.notes if not note.startswith(done)),
    )


def _references(plan: Plan) -> Iterator[str]:
    """Each function that a note says is to be written, as `file.py:function`."""
    yield from (asset.python for asset in plan.assets if asset.python)
    yield from (str(one.value) for asset in plan.assets for one in asset.checks if one.kind == "python")
    yield from (sensor.what for sensor in plan.sensors if sensor.kind == "python")


def _is_written(package: Path, reference: str) -> bool:
    """Whether the project's file defines the function, with more in it than a skeleton has."""
    file, _, name = reference.partition(":")
    try:
        body = ast.parse((package / module_path(file)).read_text(encoding="utf-8")).body
    except (OSError, SyntaxError, ValueError):
        return False
    found = (node for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return any(node.name == name and not _is_skeleton(node) for node in found)


def _is_skeleton(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether all that it does is to say that it is not implemented."""
    match function.body[-1:] if len(function.body) <= 2 else []:
        case [ast.Raise(exc=ast.Call(func=ast.Name(id="NotImplementedError")))]:
            return True
        case _:
            return False
