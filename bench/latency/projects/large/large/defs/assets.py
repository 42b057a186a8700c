# pyright: basic, reportMissingImports=false, reportFunctionMemberAccess=false, reportAttributeAccessIssue=false, reportReturnType=false
"""A thousand dbt models and a thousand Python assets."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource, dbt_assets

from large.executor import executor

WAREHOUSE = Path(__file__).parents[2] / "warehouse"
DBT = Path(sys.executable).with_name("dbt")


@dbt_assets(manifest=WAREHOUSE / "target" / "manifest.json")
def models(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
    """All models of the dbt project."""
    yield from dbt.cli(["build"], context=context).stream()


def table(number: int) -> dg.AssetsDefinition:
    """An asset without data."""

    @dg.asset(name=f"table_{number:04}", group_name=f"group_{number // 50:02}", deps=[f"model_{number:04}"])
    def asset() -> None: ...

    return asset


@dg.definitions
def defs() -> dg.Definitions:
    """Two thousand assets, and a job of one."""
    large = dg.define_asset_job("large", selection=["table_0000"])
    return dg.Definitions(
        assets=[models, *(table(number) for number in range(1000))],
        jobs=[large],
        resources={"dbt": DbtCliResource(project_dir=str(WAREHOUSE), dbt_executable=str(DBT))},
        executor=executor(),
    )
