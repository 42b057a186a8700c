"""One integration, as the catalogue knows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

Role = Literal["source", "warehouse", "export", "transform", "compute", "alert"]
"""A part that an integration plays in a blueprint."""

Tested = Literal["real", "simulator", "none"]
"""How Dagway tests it: against the real server or engine, against a simulator, or not."""

ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True)
class Integration:
    """Something outside that a blueprint can name.

    `name` is what a blueprint says, in lower case. `component` is the class that the integration's own
    package ships, as a `defs.yaml` names it. `dagway` maps a role to Dagway's component for it; a role
    that is missing there is one that a blueprint does not build yet. `library` has what serves it in a project that is written
    by hand: more of Dagway's components, or the engine of `platform.yaml`.
    """

    name: str
    title: str
    category: str
    description: str
    package: str | None
    component: str | None
    docs: str
    roles: tuple[Role, ...]
    aliases: tuple[str, ...]
    in_dagster_index: bool
    dagway: Mapping[Role, str] = field(hash=False)
    library: tuple[str, ...]
    tested: Tested

    @property
    def runs_syncs(self) -> bool:
        """Whether it reads the warehouse itself: an export to it is a sync of its own, which is run and waited for."""
        return self.category == "reverse ETL"
