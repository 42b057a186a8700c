from __future__ import annotations

from collections.abc import Iterable

from dagway.project.model import slash
from dagway.rules.loaded import LoadedProject
from dagway.rules.model import Problem
from dagway.rules.rule import rule


@rule("key-dbt-source-depth", severity="warning", kind="L")
def check(loaded: LoadedProject) -> Iterable[Problem]:
    """An asset that a dbt source reads has another key than the source.

    What
        A dbt source is mapped to an asset whose key is not the source's name and the table's: `[source, table]`. Upper
        and lower case do not count.

    Why
        With that key dbt's sources find their assets by themselves. Any other needs a mapping for each table, in the
        source's `meta` or in a translator, and a table without it has no upstream asset.

    Broken
        # file: definitions.py
        from pathlib import Path

        import dagster as dg
        from dagster_dbt import dbt_assets


        @dbt_assets(manifest=Path(__file__).parent / "manifest.json")
        def models(context): ...


        @dg.asset(key=["fivetran", "raw", "orders"])
        def orders() -> None: ...


        defs = dg.Definitions(assets=[models, orders])
        # file: manifest.json
        {"metadata": {"adapter_type": "duckdb"},
         "nodes": {"model.shop.revenue": {
           "resource_type": "model", "unique_id": "model.shop.revenue", "name": "revenue", "package_name": "shop",
           "fqn": ["shop", "revenue"], "original_file_path": "models/revenue.sql", "tags": [], "columns": {},
           "config": {"enabled": true}, "depends_on": {"nodes": ["source.shop.raw.orders"]}}},
         "sources": {"source.shop.raw.orders": {
           "resource_type": "source", "unique_id": "source.shop.raw.orders", "source_name": "raw", "name": "orders",
           "package_name": "shop", "fqn": ["shop", "raw", "orders"], "original_file_path": "models/sources.yml",
           "config": {}, "tags": [], "columns": {}, "meta": {"dagster": {"asset_key": ["fivetran", "raw", "orders"]}}}},
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
        def orders() -> None: ...


        defs = dg.Definitions(assets=[models, orders])
        # file: manifest.json
        {"metadata": {"adapter_type": "duckdb"},
         "nodes": {"model.shop.revenue": {
           "resource_type": "model", "unique_id": "model.shop.revenue", "name": "revenue", "package_name": "shop",
           "fqn": ["shop", "revenue"], "original_file_path": "models/revenue.sql", "tags": [], "columns": {},
           "config": {"enabled": true}, "depends_on": {"nodes": ["source.shop.raw.orders"]}}},
         "sources": {"source.shop.raw.orders": {
           "resource_type": "source", "unique_id": "source.shop.raw.orders", "source_name": "raw", "name": "orders",
           "package_name": "shop", "fqn": ["shop", "raw", "orders"], "original_file_path": "models/sources.yml",
           "config": {}, "tags": [], "columns": {}, "meta": {}}},
         "metrics": {}, "exposures": {}, "semantic_models": {}, "saved_queries": {}, "unit_tests": {},
         "parent_map": {"model.shop.revenue": ["source.shop.raw.orders"]},
         "child_map": {"source.shop.raw.orders": ["model.shop.revenue"], "model.shop.revenue": []}}

    Source
        "Why flat keys? dbt sources expect 2-level structure"; "Matches ["fivetran_raw", "customers"]".
    """
    for source in loaded.project.dbt_sources:
        asset = loaded.project.by_key.get(source.key)
        if asset is None or asset.stub or _folded(source.key) == _folded(source.name):
            continue
        yield loaded.problem_of(
            asset,
            f"is read as the dbt source {'.'.join(source.name)}",
            f"Give it the key {slash(source.name)}, so that the source needs no mapping",
        )


def _folded(key: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(segment.lower() for segment in key)
