"""`defs/resources.py`: the warehouse, databases and the I/O manager of each environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dagway.blueprint.load import LoadedBlueprint
from dagway.blueprint.model import ENV_CALL, Blueprint, Warehouse
from dagway.errors import DagwayError
from dagway.prototype.build.documents import database_key
from dagway.prototype.build.files import header
from dagway.prototype.build.modules import Function
from dagway.prototype.build.python_source import Call, Code, exploded, imports, literal, quoted
from dagway.prototype.model import Plan

DEMO_VARIABLE = "DEMO_WAREHOUSE_PATH"
DEMO_DATABASE = "data/demo.duckdb"
DEFAULT_DATABASE = "data/warehouse.duckdb"
_DATABASES = ("postgres", "mysql", "mssql", "sqlite", "duckdb")
_FRAMES = ("polars", "pyarrow")


@dataclass
class _Module:
    needs: set[str] = field(
        default_factory=lambda: {
            "import dagster as dg",
            "from typing import Any",
            "from dagway.components import environment",
        }
    )
    uses_files: bool = False


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


def is_demo_duckdb(loaded: LoadedBlueprint) -> bool:
    """Whether demo mode builds in a DuckDB file of its own: always, unless the demo overlay names a warehouse."""
    return _own_warehouse(loaded) is None


def _own_warehouse(loaded: LoadedBlueprint) -> Warehouse | None:
    """The warehouse that the `demo` overlay names."""
    overlay = loaded.blueprint.environments.get("demo") or {}
    return loaded.environments["demo"].warehouse if "warehouse" in overlay else None


def resources_py(loaded: LoadedBlueprint, plan: Plan, functions: Mapping[str, Function]) -> bytes:
    """The file's text."""
    module = _Module()
    frames = any(frame in text for item in functions.values() for text in item.imports for frame in _FRAMES)
    own = _user_resources(plan, functions, module)
    names = ["default", "demo", *(name for name in loaded.environments if name not in ("default", "demo"))]
    found = [_environment(loaded, name, module, own, frames=frames) for name in names]
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


def _definitions(environments: list[_Environment]) -> str:
    cases = "\n".join(_case(item) for item in environments)
    known = ", ".join(item.name for item in environments)
    comment = (
        "    # DuckDB takes one writing process: there, all steps of a run share one.\n"
        if any(item.one_writer for item in environments)
        else ""
    )
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
    keywords: dict[str, Any] = {"resources": made}
    if item.one_writer:
        keywords["executor"] = Code("dg.in_process_executor")
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
    loaded: LoadedBlueprint, name: str, module: _Module, own: dict[str, Any], *, frames: bool
) -> _Environment:
    blueprint = loaded.in_environment(None if name == "default" else name)
    warehouse = blueprint.warehouse
    path = None
    if name == "demo" and _own_warehouse(loaded) is None:
        warehouse = Warehouse()
        path = f"{{{{ env('{DEMO_VARIABLE}', '{DEMO_DATABASE}') }}}}"
    local: set[str] = set()
    before, resources = _warehouse(warehouse, path, module, local, frames=frames)
    databases = {} if name == "demo" else _databases(blueprint, module)
    one_writer = warehouse.integration == "duckdb"
    return _Environment(name, resources | databases | own, frozenset(local), before, one_writer)


def _warehouse(
    warehouse: Warehouse, path: str | None, module: _Module, local: set[str], *, frames: bool
) -> tuple[str, dict[str, Any]]:
    """A statement, and the two resources that build on it."""
    match warehouse.integration:
        case "duckdb":
            return _duckdb(path or warehouse.database or DEFAULT_DATABASE, module, frames=frames)
        case "postgres":
            made = Call("PostgresWarehouse", {"connection": value(warehouse.connection, module)})
            return _with_own_io_manager(made, local)
        case "snowflake":
            return _snowflake(warehouse, module, local, frames=frames)
        case other:
            raise DagwayError(
                f"warehouse: {other} cannot be built on yet.",
                "Use duckdb, postgres or snowflake as warehouse.",
            )


def _with_own_io_manager(made: Call, needs: set[str]) -> tuple[str, dict[str, Any]]:
    """Dagway's I/O manager: for warehouses for which Dagster has none, and for frames other than pandas'."""
    needs |= {
        f"from dagway.components.warehouse import {made.function}",
        "from dagway.components.warehouse.io_manager import WarehouseIOManager",
    }
    start = "    warehouse = "
    io_manager = Call("WarehouseIOManager", {"warehouse": Code("warehouse")})
    return f"warehouse = {literal(made, 1, len(start))}", {
        "warehouse": Code("warehouse"),
        "io_manager": io_manager,
    }


def _duckdb(path: str, module: _Module, *, frames: bool) -> tuple[str, dict[str, Any]]:
    module.uses_files = True
    database = Code(f"in_project({literal(value(path, module, now=True))})")
    if frames:
        return _with_own_io_manager(Call("DuckDBWarehouse", {"database": database}), module.needs)
    module.needs |= {
        "from dagway.components.warehouse import DuckDBWarehouse",
        "from dagster_duckdb_pandas import DuckDBPandasIOManager",
    }
    shared = {"database": Code("database")}
    resources = {
        "warehouse": Call("DuckDBWarehouse", shared),
        "io_manager": Call("DuckDBPandasIOManager", shared),
    }
    return f"database = {database.text}", resources


def _snowflake(
    warehouse: Warehouse, module: _Module, local: set[str], *, frames: bool
) -> tuple[str, dict[str, Any]]:
    settings = {"database": warehouse.database, **warehouse.settings}
    keywords = {name: value(item, module) for name, item in settings.items() if item is not None}
    if frames:
        return _with_own_io_manager(Call("SnowflakeWarehouse", keywords), local)
    local |= {
        "from dagway.components.warehouse import SnowflakeWarehouse",
        "from dagster_snowflake_pandas import SnowflakePandasIOManager",
    }
    resources = {
        "warehouse": Code("SnowflakeWarehouse(**account)"),
        "io_manager": Code("SnowflakePandasIOManager(**account)"),
    }
    return f"account: dict[str, Any] = {exploded(keywords, 1)}", resources


def _databases(blueprint: Blueprint, module: _Module) -> dict[str, Any]:
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


def _user_resources(plan: Plan, functions: Mapping[str, Function], module: _Module) -> dict[str, Any]:
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


def value(written: Any, module: _Module, *, now: bool = False) -> Any:
    """A setting as source: a variable without default is an `EnvVar`, looked up when a run needs it.

    Args:
        now: the value is needed while loading, so an `EnvVar` would come too late.
    """
    if not isinstance(written, str):
        return written
    calls = list(ENV_CALL.finditer(written))
    if not calls:
        return written
    whole = len(calls) == 1 and calls[0][0] == written.strip()
    if whole and calls[0][2] is None and not now:
        return Code(f"dg.EnvVar({quoted(calls[0][1])})")
    module.needs.add("import os")
    if whole:
        return Code(_getenv(calls[0][1], calls[0][2]))
    pieces: list[str] = []
    at = 0
    for call in calls:
        pieces += [quoted(written[at : call.start()]), _getenv(call[1], call[2])]
        at = call.end()
    pieces.append(quoted(written[at:]))
    return Code(" + ".join(piece for piece in pieces if piece != '""'))


def _getenv(name: str, default: str | None) -> str:
    return f"os.getenv({quoted(name)}, {quoted(default or '')})"
