"""Demo mode of dbt: a DuckDB file as the target of the same project, by a profile that is generated."""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg
import yaml

from dagway.components.warehouse import DuckDBWarehouse
from dagway.errors import DagwayError

PROFILE = "demo"
"""The name of the generated profile and of its target."""
VARIABLE, DATABASE = "DEMO_WAREHOUSE_PATH", "data/demo.duckdb"
"""Where a built project has its demo warehouse: the file that the variable names, or this one."""


def demo_database(written: str | None, root: Path) -> Path:
    """The target's file: as it is written, or the demo warehouse of a built project."""
    return root / (written or os.environ.get(VARIABLE) or DATABASE)


def write_profile(folder: Path, database: Path) -> None:
    """Write `profiles.yml` with the demo profile, if it is not there."""
    target = {"type": "duckdb", "path": str(database), "schema": "main", "threads": 1}
    text = yaml.safe_dump({PROFILE: {"target": PROFILE, "outputs": {PROFILE: target}}}, sort_keys=False)
    file = folder / "profiles.yml"
    if not file.is_file() or file.read_text(encoding="utf-8") != text:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def refuse_other_warehouse(context: dg.AssetExecutionContext, database: Path) -> None:
    """See that dbt builds where the run's other steps do, if they have a warehouse.

    Raises:
        DagwayError: the warehouse is another file, or no file.
    """
    definition = context.job_def.resource_defs.get("warehouse")
    if definition is None:
        return
    with dg.build_resources({"warehouse": definition}) as resources:
        warehouse: object = resources.warehouse
    where = warehouse.database if isinstance(warehouse, DuckDBWarehouse) else type(warehouse).__name__
    if not isinstance(warehouse, DuckDBWarehouse) or Path(where).resolve() != database.resolve():
        raise DagwayError(
            f"In demo mode dbt builds in {database}, and the warehouse is {where}.",
            "Let `demo_database` name the warehouse's file.",
        )
