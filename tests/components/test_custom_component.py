"""A team's own component, as guides for Dagster write one: a dataclass that is `Resolvable`, and its YAML."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest
import yaml

pytestmark = pytest.mark.integration

CUSTOM_ETL = '''
from dataclasses import dataclass, field
import dagster as dg
from dagster.components import Component, ComponentLoadContext, Resolvable

@dataclass
class CustomETLComponent(Component, Resolvable):
    """Custom ETL component with auto-generated YAML schema.

    All dataclass fields automatically become YAML-configurable via Resolvable.
    """

    # Required fields (no defaults)
    source_table: str
    destination_table: str
    transformation_sql: str

    # Optional fields with defaults
    enable_logging: bool = True
    batch_size: int = 1000

    # Collections use field(default_factory=...)
    custom_tags: list[str] = field(default_factory=list)

    def build_defs(self, context: ComponentLoadContext) -> dg.Definitions:
        """Build asset definitions for this component."""

        @dg.asset(
            key=dg.AssetKey([self.destination_table]),
            kinds={"postgres", "python"},  # ALWAYS include kinds
            tags={tag: "true" for tag in self.custom_tags},
        )
        def etl_asset(context: dg.AssetExecutionContext):
            if self.enable_logging:
                context.log.info(f"Processing {self.source_table} → {self.destination_table}")

            # ETL implementation
            # 1. Query source table
            # 2. Apply transformation_sql
            # 3. Load to destination table
            pass

        return dg.Definitions(assets=[etl_asset])
'''
YAML = """
type: PACKAGE.components.CustomETLComponent

attributes:
  source_table: "raw_orders"
  destination_table: "processed_orders"
  transformation_sql: "SELECT * FROM raw_orders WHERE status = 'complete'"
  enable_logging: true
  batch_size: 5000
  custom_tags: ["finance", "daily"]
"""
WITH_A_WAREHOUSE = '''
from dataclasses import dataclass

import dagster as dg

from PACKAGE.components import CustomETLComponent


@dataclass
class WarehouseETLComponent(CustomETLComponent):
    """The same, with its three steps in the warehouse of Dagway."""

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        @dg.asset(
            key=["main", self.destination_table], deps=[["main", self.source_table]],
            required_resource_keys={"warehouse"},
        )
        def etl_asset(context: dg.AssetExecutionContext):
            with context.resources.warehouse.session() as session:
                session.create_table(f"main.{self.destination_table}", self.transformation_sql)

        return dg.Definitions(assets=[etl_asset])
'''


def write(project: Any) -> None:
    project.write("PACKAGE/components/__init__.py", CUSTOM_ETL)
    project.write("PACKAGE/defs/my_etl/defs.yaml", YAML.replace("PACKAGE", project.package))


def test_the_component_loads_from_its_yaml_and_runs(
    project: Any, read: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    write(project)

    result = project.run()

    assert result.success, read.failure(result)
    [spec] = project.load().resolve_all_asset_specs()
    assert spec.key == dg.AssetKey(["processed_orders"])
    assert spec.kinds == {"postgres", "python"}
    assert {name: spec.tags[name] for name in ("finance", "daily")} == {"finance": "true", "daily": "true"}
    assert "Processing raw_orders → processed_orders" in capfd.readouterr().err


def test_the_yaml_is_checked(project: Any) -> None:
    write(project)
    document = yaml.safe_load(YAML)
    del document["attributes"]["source_table"]
    document["type"] = f"{project.package}.components.CustomETLComponent"
    project.write("PACKAGE/defs/my_etl/defs.yaml", yaml.safe_dump(document))

    with pytest.raises(Exception, match="Error while") as error:
        project.load()

    assert "source_table" in str(error.value.__cause__)


def test_its_steps_filled_in_build_the_table(project: Any, read: Any) -> None:
    write(project)
    project.write("PACKAGE/warehouse_etl.py", WITH_A_WAREHOUSE.replace("PACKAGE", project.package))
    document = YAML.replace("PACKAGE.components.CustomETL", f"{project.package}.warehouse_etl.WarehouseETL")
    project.write("PACKAGE/defs/my_etl/defs.yaml", document)
    with project.warehouse.session() as session:
        session.create_table(
            "main.raw_orders", "select 1 as id, 'complete' as status union all select 2, 'open'"
        )

    result = project.run()

    assert result.success, read.failure(result)
    assert project.rows("select id from main.processed_orders") == [(1,)]
