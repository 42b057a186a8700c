from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from dagway.rules.model import Problem
from dagway.rules.rule import rule
from dagway.rules.source.environment import EnvironmentRead, reads
from dagway.rules.source.python import PythonFile
from dagway.rules.source.secrets import is_secret_name

#: Classes whose fields take an EnvVar.
_CONFIGURED = re.compile(r"(?:Resource|IOManager|Credentials|Connection|Workspace)$")
_BASES = {
    "ConfigurableResource",
    "ConfigurableIOManager",
    "ConfigurableIOManagerFactory",
    "ConfigurableLegacyIOManagerAdapter",
}


@rule("env-read-at-import", severity="warning", mentions=("environ", "getenv"))
def check(file: PythonFile) -> Iterable[Problem]:
    """A resource's value is read from the environment when the code is imported.

    What
        `os.environ` or `os.getenv` at module level whose value goes into a resource, is the default of a resource's field, or
        is a secret kept in a constant. Reads that choose between environments, and reads in functions, are left alone.

    Why
        The value is fixed when the definitions load: a code server that was started before the variable changed keeps the old
        one, a missing variable breaks every asset of the location instead of the runs that need it, and Dagster's UI shows
        the value, secrets too. `EnvVar` is read when a run starts, and shown by its name.

    Broken
        import os

        import dagster as dg


        class Warehouse(dg.ConfigurableResource):
            password: str = os.environ["WAREHOUSE_PASSWORD"]

    Right
        import dagster as dg


        class Warehouse(dg.ConfigurableResource):
            password: str


        warehouse = Warehouse(password=dg.EnvVar("WAREHOUSE_PASSWORD"))

    Source
        "Environment Separation: Use `ConfigurableResource` and `EnvVar` for configuration".
    """
    if "dagster" not in file.text:
        return
    for read in reads(file):
        if not read.deferred and not file.is_deferred(read.node) and _belongs_to_resource(file, read):
            name = read.name or "an environment variable"
            remedy = f'Pass dg.EnvVar("{read.name or "NAME"}") to the resource instead'
            yield file.problem(
                read.node, f"{name} is read when the module is imported", remedy, about=read.name
            )


def _belongs_to_resource(file: PythonFile, read: EnvironmentRead) -> bool:
    """Whether the value, as it is, becomes a resource's, or is a secret in a constant."""
    match file.index.parents.get(read.node):
        case ast.keyword() as item:
            call = file.index.parents.get(item)
            return isinstance(call, ast.Call) and _is_configured(file, call.func)
        case ast.AnnAssign() as assign:
            around = file.index.parents.get(assign)
            return (isinstance(around, ast.ClassDef) and _is_resource(file, around)) or _is_secret(
                read, assign.target
            )
        case ast.Assign(targets=[target]):
            return _is_secret(read, target) or _goes_into_resource(file, target)
        case _:
            return False


def _is_secret(read: EnvironmentRead, target: ast.expr) -> bool:
    """Whether the constant is named like a secret, and the variable not like the place of one."""
    is_place = read.name.lower().endswith(("_path", "_file", "_dir"))
    return isinstance(target, ast.Name) and is_secret_name(target.id) and not is_place


def _goes_into_resource(file: PythonFile, target: ast.expr) -> bool:
    """Whether the constant is given to a resource by keyword in this file."""
    if not isinstance(target, ast.Name):
        return False
    for name in file.nodes(ast.Name):
        if name.id == target.id and isinstance(item := file.index.parents.get(name), ast.keyword):
            call = file.index.parents.get(item)
            if isinstance(call, ast.Call) and _is_configured(file, call.func):
                return True
    return False


def _is_configured(file: PythonFile, function: ast.expr) -> bool:
    defined = file.definition_of(function)
    if isinstance(defined, ast.ClassDef):
        return _is_resource(file, defined)
    dotted = file.resolve(function)
    return dotted.startswith("dagster") and bool(_CONFIGURED.search(dotted))


def _is_resource(file: PythonFile, node: ast.ClassDef) -> bool:
    return any(file.dagster(base) in _BASES for base in node.bases)
