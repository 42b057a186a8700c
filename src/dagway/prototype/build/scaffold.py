"""Functions that the blueprint names and nobody has written yet: typed skeletons that raise."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from dagway.blueprint.model import Blueprint
from dagway.prototype.build.modules import functions, tree
from dagway.prototype.build.python_source import Call, docstring, literal
from dagway.prototype.model import Plan, PlannedAsset, slash


@dataclass(frozen=True)
class Skeleton:
    """What a missing function takes, returns and is for."""

    parameters: tuple[tuple[str, str], ...]
    returns: str
    description: str
    remedy: str
    needs: tuple[str, ...]


def with_skeletons(files: Mapping[str, str], blueprint: Blueprint, plan: Plan) -> dict[str, str]:
    """The files with a skeleton for each function that is missing, in a new file where the file is missing too."""
    completed = dict(files)
    known = functions(files, plan.name)
    for reference, skeleton in _wanted(blueprint, plan).items():
        if reference not in known:
            file, _, name = reference.partition(":")
            completed[file] = _appended(completed.get(file, ""), file, name, skeleton)
    return completed


def _wanted(blueprint: Blueprint, plan: Plan) -> dict[str, Skeleton]:
    found: dict[str, Skeleton] = {}
    for asset in plan.assets:
        if asset.python:
            found[asset.python] = _asset(asset)
        for check in asset.checks:
            if check.kind == "python":
                found[str(check.value)] = _check(asset, check.description)
    for name, sensor in blueprint.sensors.items():
        if sensor.python:
            found[sensor.python] = _sensor(name, sensor.description)
    return found


def _asset(asset: PlannedAsset) -> Skeleton:
    names = [name for name, key in asset.parameters.items() if key] or [key[-1] for key in asset.deps]
    columns = ", ".join(f"{column.name} {column.type or ''}".strip() for column in asset.columns)
    result = f"return a frame with the columns {columns}" if columns else "return its rows as a frame"
    return Skeleton(
        tuple((name, "pd.DataFrame") for name in names),
        "pd.DataFrame",
        asset.description or f"The rows of {slash(asset.key)}.",
        f"{slash(asset.key)} is not written yet: {result}",
        ("import pandas as pd",),
    )


def _check(asset: PlannedAsset, description: str) -> Skeleton:
    return Skeleton(
        ((asset.key[-1], "pd.DataFrame"),),
        "dg.AssetCheckResult",
        description or f"What must be true of {slash(asset.key)}.",
        f"the check of {slash(asset.key)} is not written yet: return an AssetCheckResult",
        ("import dagster as dg", "import pandas as pd"),
    )


def _sensor(name: str, description: str | None) -> Skeleton:
    return Skeleton(
        (("context", "dg.SensorEvaluationContext"),),
        "dg.RunRequest | dg.SkipReason",
        description or f"What {name} waits for.",
        f"the sensor {name} is not written yet: return run requests or a skip reason",
        ("import dagster as dg",),
    )


def _appended(text: str, file: str, name: str, skeleton: Skeleton) -> str:
    parameters = ", ".join(f"{parameter}: {annotation}" for parameter, annotation in skeleton.parameters)
    function = (
        f"def {name}({parameters}) -> {skeleton.returns}:\n"
        f"{docstring(skeleton.description, 1)}\n"
        f"    raise {literal(Call('NotImplementedError', {}, (skeleton.remedy,)), 1, 10)}\n"
    )
    start = text or '"""Functions of the assets, to be written."""\n'
    for statement in skeleton.needs:
        start = _with_import(start, statement, file)
    return f"{start.rstrip()}\n\n\n{function}"


def _with_import(text: str, statement: str, file: str) -> str:
    if statement in text.split("\n"):
        return text
    body = tree(text, file).body
    imports = [node for node in body if isinstance(node, (ast.Import, ast.ImportFrom))]
    lines = text.split("\n")
    if imports:
        before = next((node for node in imports if ast.unparse(node) > statement), None)
        at = before.lineno - 1 if before else imports[-1].end_lineno or 0
        return "\n".join([*lines[:at], statement, *lines[at:]])
    documented = bool(body) and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    at = (body[0].end_lineno or 0) if documented else 0
    return "\n".join([*lines[:at], *([""] if documented else []), statement, *lines[at:]])
