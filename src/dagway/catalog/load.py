"""Reading the catalogue that the package ships."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from dagway.catalog.lookup import Catalog
from dagway.catalog.model import Integration, Role

# The C parser reads the file ten times as fast; PyYAML without it is rare but legal.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def catalog() -> Catalog:
    """The shipped catalogue, sorted by name; read once in a process."""
    text = files("dagway.catalog").joinpath("integrations.yaml").read_text(encoding="utf-8")
    return Catalog(tuple(_integration(entry) for entry in yaml.load(text, _Loader)))  # noqa: S506


def alternatives(integration: Integration, role: Role) -> tuple[Integration, ...]:
    """What else in the shipped catalogue could play the role."""
    return catalog().alternatives(integration, role)


def _integration(entry: dict[str, Any]) -> Integration:
    return Integration(
        name=entry["name"],
        title=entry["title"],
        category=entry["category"],
        description=entry["description"],
        package=entry["package"],
        component=entry.get("component"),
        docs=entry["docs"],
        roles=tuple(entry.get("roles", ())),
        aliases=tuple(entry.get("aliases", ())),
        in_dagster_index=entry.get("in_dagster_index", True),
        dagway=entry.get("dagway", {}),
        library=tuple(entry.get("library", ())),
        tested=entry.get("tested", "none"),
    )
