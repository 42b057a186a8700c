"""A warehouse of the blueprint as source: its resource, and the I/O manager that builds on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dagway.blueprint.model import ENV_CALL, Warehouse
from dagway.blueprint.rules_warehouse import SETTINGS
from dagway.errors import DagwayError
from dagway.prototype.build.attributes import stated
from dagway.prototype.build.python_source import Call, Code, exploded, literal, quoted
from dagway.prototype.planning.snowflake import implied, settings_of

DEFAULT_DATABASE = "data/warehouse.duckdb"


@dataclass
class Module:
    """What a file of resources imports, collected while its parts are written."""

    needs: set[str] = field(
        default_factory=lambda: {
            "import dagster as dg",
            "from typing import Any",
            "from dagway.components import environment",
        }
    )
    uses_files: bool = False


def warehouse_resources(
    warehouse: Warehouse, path: str | None, module: Module, local: set[str], *, frames: bool
) -> tuple[str, dict[str, Any]]:
    """A statement, and the two resources that build on it: `warehouse` and `io_manager`.

    Args:
        path: a DuckDB file in the place of the warehouse's own.
        local: takes the imports that only this environment needs.
        frames: whether a function wants frames other than pandas'.

    Raises:
        DagwayError: nothing can be built on a warehouse of that kind.
    """
    match warehouse.integration:
        case "duckdb":
            patience = {} if path else stated({"patience": warehouse.settings.get("patience")})
            return _duckdb(path or warehouse.database or DEFAULT_DATABASE, patience, module, frames=frames)
        case "postgres":
            keywords = {"connection": value(warehouse.connection, module), **_timeouts(warehouse)}
            made = Call("PostgresWarehouse", keywords)
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


def _duckdb(
    path: str, settings: dict[str, Any], module: Module, *, frames: bool
) -> tuple[str, dict[str, Any]]:
    module.uses_files = True
    database = Code(f"in_project({literal(value(path, module, now=True))})")
    if frames:
        return _with_own_io_manager(Call("DuckDBWarehouse", {"database": database, **settings}), module.needs)
    module.needs |= {
        "from dagway.components.warehouse import DuckDBWarehouse",
        "from dagster_duckdb_pandas import DuckDBPandasIOManager",
    }
    shared = {"database": Code("database")}
    resources = {
        "warehouse": Call("DuckDBWarehouse", shared | settings),
        "io_manager": Call("DuckDBPandasIOManager", shared),
    }
    return f"database = {database.text}", resources


def _snowflake(
    warehouse: Warehouse, module: Module, local: set[str], *, frames: bool
) -> tuple[str, dict[str, Any]]:
    # What stands outside an environment may be another kind of warehouse's, and no setting of this one.
    written = settings_of(warehouse)
    timeouts = _timeouts(warehouse)
    takes = [name for name in SETTINGS["snowflake"] if name not in timeouts]
    given = {name: written[name] for name in takes if written.get(name) is not None}
    keywords = {name: value(item, module) for name, item in given.items()}
    keywords |= {name: Code(f"dg.EnvVar({quoted(variable)})") for name, variable in implied(given).items()}
    if frames:
        return _with_own_io_manager(Call("SnowflakeWarehouse", keywords | timeouts), local)
    local |= {
        "from dagway.components.warehouse import SnowflakeWarehouse",
        "from dagster_snowflake_pandas import SnowflakePandasIOManager",
    }
    resources = {
        # Dagster's I/O manager has no such limits.
        "warehouse": Code(
            "SnowflakeWarehouse(**account" + "".join(f", {k}={v!r}" for k, v in timeouts.items()) + ")"
        ),
        "io_manager": Code("SnowflakePandasIOManager(**account)"),
    }
    return f"account: dict[str, Any] = {exploded(keywords, 1)}", resources


def _timeouts(warehouse: Warehouse) -> dict[str, Any]:
    """How long to wait for the server, of those limits that this kind of warehouse has."""
    takes = [name for name in SETTINGS[warehouse.integration] if name.endswith("_timeout")]
    return stated({name: warehouse.settings.get(name) for name in takes})


def value(written: Any, module: Module, *, now: bool = False) -> Any:
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
