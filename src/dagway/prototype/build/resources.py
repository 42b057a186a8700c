"""`defs/resources.py`: the warehouse, databases and the I/O manager of each environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dagway.blueprint.load import LoadedBlueprint
from dagway.blueprint.model import Blueprint, Warehouse
from dagway.prototype.build.documents import database_key
from dagway.prototype.build.files import header
from dagway.prototype.build.modules import Function
from dagway.prototype.build.python_source import Call, Code, exploded, imports, literal, quoted
from dagway.prototype.build.warehouses import Module, value, warehouse_resources
from dagway.prototype.model import Plan
from dagway.prototype.planning.demo import is_demo_duckdb

DEMO_VARIABLE = "DEMO_WAREHOUSE_PATH"
DEMO_DATABASE = "data/demo.duckdb"
_DATABASES = ("postgres", "mysql", "mssql", "sqlite", "duckdb")
_FRAMES = ("polars", "pyarrow")


@dataclass(frozen=True)
class _Environment:
    """One environment's resources: source of each by key, and what stands before them.

    Attributes:
        local_imports: of packages that only this environment needs.
        before: statements that give the resources what they share.
        one_writer: whether the warehouse takes one writing process only: DuckDB.
    """

    name: str
    resources: Mapping[str, Any]
    local_imports: frozenset[str]
    before: str
    one_writer: bool


def resources_py(loaded: LoadedBlueprint, plan: Plan, functions: Mapping[str, Function]) -> bytes:
    """The file's text."""
    module = Module()
    frames = any(frame in text for item in functions.values() for text in item.imports for frame in _FRAMES)
    own = _user_resources(plan, functions, module)
    names = ["default", "demo", *(name for name in loaded.environments if name not in ("default", "demo"))]
    found = [_environment(loaded, name, module, own, frames=frames) for name in names]
    if not all(item.one_writer for item in found):
        module.needs |= {"import dagway"}
    parts = [_definitions(found), *(_function(item, plan.name) for item in found)]
    if module.uses_files:
        module.needs |= {"from pathlib import Path"}
        parts.append(_IN_PROJECT)
    root = "\n\nROOT = Path(__file__).parents[2]" if module.uses_files else ""
    title = f'"""The warehouse, the databases and the I/O manager of each environment.\n\n{header("warehouse, sources, environments")}\n"""'
    return (
        f"{title}\n\n{imports(module.needs, plan.name)}{root}\n\n\n" + "\n\n\n".join(parts) + "\n"
    ).encode()


_IN_PROJECT = '''def in_project(path: str) -> str:
    """A path from the project's root, so that it means the same file from every folder."""
    return path if ":" in path else str(ROOT / path)'''


#: Which executor, and why: by whether the warehouse takes one writing process only.
_EXECUTORS = (
    (True, "DuckDB takes one writing process: there, all steps of a run share one."),
    (False, "Elsewhere each step has a process of its own, forked from the warm image where there is one."),
)


def _definitions(environments: list[_Environment]) -> str:
    cases = "\n".join(_case(item) for item in environments)
    known = ", ".join(item.name for item in environments)
    writers = {item.one_writer for item in environments}
    comment = "".join(f"    # {text}\n" for one_writer, text in _EXECUTORS if one_writer in writers)
    return (
        "@dg.definitions\n"
        "def resources() -> dg.Definitions:\n"
        '    """The resources of the environment that this process runs in."""\n'
        f"{comment}"
        "    match environment.current():\n"
        f"{cases}\n"
        "        case unknown:\n"
        "            raise dg.DagsterInvalidDefinitionError(\n"
        f'                f"DAGWAY_ENVIRONMENT is {{unknown!r}}: it has to be one of {known}."\n'
        "            )"
    )


def _case(item: _Environment) -> str:
    made = Code(f"{item.name}_resources()")
    executor = Code("dg.in_process_executor" if item.one_writer else "dagway.warm_executor")
    keywords: dict[str, Any] = {"resources": made, "executor": executor}
    start = " " * 12 + "return "
    return f"        case {quoted(item.name)}:\n{start}{literal(Call('dg.Definitions', keywords), 3, len(start))}"


def _function(item: _Environment, package: str) -> str:
    described = {
        "default": "The blueprint as it stands.",
        "demo": "Local stand-ins: no credential, no network.",
    }.get(item.name, f"The environment `{item.name}`.")
    inner = _local_imports(item, package)
    return (
        f"def {item.name}_resources() -> dict[str, Any]:\n"
        f'    """{described}"""\n'
        f"{inner}    {item.before}\n    return {exploded(dict(item.resources), 1)}"
    )


def _local_imports(item: _Environment, package: str) -> str:
    """Imports of what only this environment needs: elsewhere the package may be missing."""
    if not item.local_imports:
        return ""
    lines = imports(item.local_imports, package).split("\n")
    optional = "  # pyright: ignore[reportMissingImports]"
    marked = [line + optional if line.startswith("from dagster_") else line for line in lines]
    return "".join(f"    {line}\n" for line in marked) + "\n"


def _environment(
    loaded: LoadedBlueprint, name: str, module: Module, own: dict[str, Any], *, frames: bool
) -> _Environment:
    blueprint = loaded.in_environment(None if name == "default" else name)
    warehouse = blueprint.warehouse
    path = None
    if name == "demo" and is_demo_duckdb(loaded.blueprint):
        warehouse = Warehouse()
        path = f"{{{{ env('{DEMO_VARIABLE}', '{DEMO_DATABASE}') }}}}"
    local: set[str] = set()
    before, resources = warehouse_resources(warehouse, path, module, local, frames=frames)
    databases = {} if name == "demo" else _databases(blueprint, module)
    one_writer = warehouse.integration == "duckdb"
    return _Environment(name, resources | databases | own, frozenset(local), before, one_writer)


def _databases(blueprint: Blueprint, module: Module) -> dict[str, Any]:
    """Databases of sources and exports, by their resource keys."""
    wanted = {name: (item.integration, item.connection) for name, item in blueprint.sources.items()}
    wanted |= {
        database_key(name): (item.integration, item.connection) for name, item in blueprint.exports.items()
    }
    found: dict[str, Any] = {}
    for name, (integration, connection) in wanted.items():
        if connection is not None and integration in _DATABASES:
            module.needs.add("from dagway.components.database import Database")
            found[name] = Call("Database", {"url": value(connection, module), "integration": integration})
    return found


def _user_resources(plan: Plan, functions: Mapping[str, Function], module: Module) -> dict[str, Any]:
    """Resources whose class is in a user's file: the parameter's name is the key."""
    found: dict[str, Any] = {}
    for asset in plan.assets:
        function = functions.get(asset.python or "")
        if function is None:
            continue
        for parameter in function.parameters:
            annotation = parameter.annotation or ""
            if function.is_own(annotation) and asset.parameters.get(parameter.name) is None:
                module.needs.add(f"from {function.module} import {annotation}")
                found[parameter.name] = Code(f"{annotation}()")
    return found
