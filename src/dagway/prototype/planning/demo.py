"""Where demo mode builds."""

from __future__ import annotations

from dagway.blueprint.model import Blueprint


def is_demo_duckdb(blueprint: Blueprint) -> bool:
    """Whether demo mode builds in a DuckDB file of its own: always, unless the demo overlay names a warehouse.

    Args:
        blueprint: as it stands, without an environment.
    """
    return "warehouse" not in (blueprint.environments.get("demo") or {})
