from __future__ import annotations

from collections.abc import Iterable

from dagway.project.model import slash
from dagway.rules.loaded import LoadedProject
from dagway.rules.model import Problem
from dagway.rules.rule import rule


@rule("dbt-source-unmatched", severity="warning", kind="L")
def check(loaded: LoadedProject) -> Iterable[Problem]:
    """A dbt source has no upstream asset.

    What
        A table of a dbt source that models read, and whose key no asset defines.

    Why
        The models then start from nothing: no lineage to what loads the table, no wait for it, and no condition that notices
        new data.

    Broken
        # file: definitions.py
        from pathlib import Path

        import dagster as dg
        from dagster_dbt import dbt_assets


        @dbt_assets(manifest=Path(__file__).parent / "manifest.json")
        def models(context): ...


        defs = dg.Definitions(assets=[models])
        # file: manifest.json
        {"metadata": {"adapter_type": "duckdb"},
         "nodes": {"model.shop.revenue": {
           "resource_type": "model", "unique_id": "model.shop.revenue", "name": "revenue", "package_name": "shop",
           "fqn": ["shop", "revenue"], "original_file_path": "models/revenue.sql", "tags": [], "columns": {},
           "config": {"enabled": true}, "depends_on": {"nodes": ["source.shop.raw.orders"]}}},
         "sources": {"source.shop.raw.orders": {
           "resource_type": "source", "unique_id": "source.shop.raw.orders", "source_name": "raw", "name": "orders",
           "package_name": "shop", "fqn": ["shop", "raw", "orders"], "original_file_path": "models/sources.yml",
           "config": {}, "tags": [], "columns": {}}},
         "metrics": {}, "exposures": {}, "semantic_models": {}, "saved_queries": {}, "unit_tests": {},
         "parent_map": {"model.shop.revenue": ["source.shop.raw.orders"]},
         "child_map": {"source.shop.raw.orders": ["model.shop.revenue"], "model.shop.revenue": []}}

    Right
        # file: definitions.py
        from pathlib import Path

        import dagster as dg
        from dagster_dbt import dbt_assets


        @dbt_assets(manifest=Path(__file__).parent / "manifest.json")
        def models(context): ...


        @dg.asset(key=["raw", "orders"])
        def raw_orders() -> None: ...


        defs = dg.Definitions(assets=[models, raw_orders])
        # file: manifest.json
        {"metadata": {"adapter_type": "duckdb"},
         "nodes": {"model.shop.revenue": {
           "resource_type": "model", "unique_id": "model.shop.revenue", "name": "revenue", "package_name": "shop",
           "fqn": ["shop", "revenue"], "original_file_path": "models/revenue.sql", "tags": [], "columns": {},
           "config": {"enabled": true}, "depends_on": {"nodes": ["source.shop.raw.orders"]}}},
         "sources": {"source.shop.raw.orders": {
           "resource_type": "source", "unique_id": "source.shop.raw.orders", "source_name": "raw", "name": "orders",
           "package_name": "shop", "fqn": ["shop", "raw", "orders"], "original_file_path": "models/sources.yml",
           "config": {}, "tags": [], "columns": {}}},
         "metrics": {}, "exposures": {}, "semantic_models": {}, "saved_queries": {}, "unit_tests": {},
         "parent_map": {"model.shop.revenue": ["source.shop.raw.orders"]},
         "child_map": {"source.shop.raw.orders": ["model.shop.revenue"], "model.shop.revenue": []}}

    Source
        "Asset keys must match dbt sources": the asset key design, "Upstream keys match what downstream expects".
    """
    project = loaded.project
    for source in project.dbt_sources:
        asset = project.by_key.get(source.key)
        if asset is None or not asset.stub or loaded.may_be_elsewhere(source.key):
            continue
        reader = project.by_key[source.readers[0]]
        yield loaded.problem(
            source.position or reader.position,
            f"the dbt source {'.'.join(source.name)} has no upstream asset: nothing defines {slash(source.key)}",
            "Give the asset that loads the table this key, or declare the table with `dg.AssetSpec`",
            about=slash(source.key),
        )
