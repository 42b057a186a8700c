"""What a Snowflake warehouse is reached with, where the blueprint leaves it out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from dagway.blueprint.model import Blueprint, Warehouse

KIND = "snowflake"
_VARIABLES = {"account": "SNOWFLAKE_ACCOUNT", "user": "SNOWFLAKE_USER", "database": "SNOWFLAKE_DATABASE"}
_PASSWORD = {"password": "SNOWFLAKE_PASSWORD"}
_LOGINS = ("password", "private_key_file", "authenticator")
"""Each is enough."""


def implied(written: Mapping[str, Any]) -> dict[str, str]:
    """Settings that are not written → the variables of the usual names that give them."""
    found = {name: variable for name, variable in _VARIABLES.items() if not written.get(name)}
    return found if any(written.get(login) for login in _LOGINS) else {**found, **_PASSWORD}


def warehouses(blueprint: Blueprint) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each line that names a Snowflake warehouse, with the settings that hold there."""
    base = blueprint.warehouse
    if base.integration == KIND:
        yield "warehouse", settings_of(base)
    for name, overlay in blueprint.environments.items():
        own = overlay.get("warehouse")
        if isinstance(own, Mapping):
            said = cast("Mapping[str, Any]", own)
            if said.get("integration", base.integration) == KIND:
                yield f"environments/{name}", {**settings_of(base), **said}


def settings_of(warehouse: Warehouse) -> dict[str, Any]:
    """What is written of a warehouse, in the language's words and in the integration's."""
    return {"database": warehouse.database, **warehouse.settings}
