"""What every line of a blueprint has alike: owners, tags, kinds, partitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dagway.blueprint.model import MOST_KINDS, Columned, Incremental, Partitions
from dagway.blueprint.model import Column as WrittenColumn
from dagway.catalog import Integration, Role, alternatives
from dagway.prototype.model import AssetKey, Automation, Column

UNDECIDED = Automation("none", "", "")
"""Until every asset is known, nothing can say what runs it."""


def together(*parts: Iterable[str]) -> tuple[str, ...]:
    """The texts of all parts, each once, in order."""
    return tuple(dict.fromkeys(text for part in parts for text in part))


def kinds_of(written: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """As many kinds as Dagster shows: those that a person wrote, and what is known fills up."""
    own = together(written)
    return (*own, *[kind for kind in together(known) if kind not in own][: max(0, MOST_KINDS - len(own))])


def keys_together(*parts: Iterable[AssetKey]) -> tuple[AssetKey, ...]:
    """The keys of all parts, each once, in order."""
    return tuple(dict.fromkeys(key for part in parts for key in part))


def columns_of(written: Columned) -> tuple[Column, ...]:
    """Declared columns."""
    return tuple(_column(name, said) for name, said in written.items())


def _column(name: str, said: str | WrittenColumn) -> Column:
    return Column(name, said) if isinstance(said, str) else Column(name, said.type, said.description)


def partitions_of(*said: Partitions | None) -> Mapping[str, Any] | None:
    """The first partitions that are given, as plain data."""
    found = next((one for one in said if one), None)
    return found.model_dump(mode="json", exclude_none=True) if found else None


def incremental_of(*said: Incremental | None) -> str | None:
    """The first column that is given."""
    return next((one.column for one in said if one), None)


def component_of(integration: Integration, role: Role) -> str | None:
    """Dagway's component for a role, as a `defs.yaml` names it."""
    named = integration.dagway.get(role)
    return f"dagway.components.{named.rpartition('.')[2]}" if named else None


def others(integration: Integration, role: Role) -> tuple[str, ...]:
    """What else could serve: the integration's own component, then other integrations."""
    own = (integration.component,) if integration.component else ()
    return (*own, *(other.name for other in alternatives(integration, role)))
