"""Sets off each alert of the project by a real event, and looks at what the local receiver got."""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg

from dagway.project.model import Project
from dagway.prototype.model import Plan
from dagway.prototype.prove.model import AlertEvidence
from dagway.prototype.prove.simulated import Servers


def names(project: Project, plan: Plan | None) -> tuple[str, ...]:
    """The sensors that are alerts: those that the plan calls so, and that the project has."""
    planned = {alert.name for alert in plan.alerts} if plan else set[str]()
    return tuple(sensor.name for sensor in project.sensors if sensor.name in planned)


def prove(
    alerts: Sequence[str],
    plan: Plan | None,
    repository: dg.RepositoryDefinition,
    instance: dg.DagsterInstance,
    servers: Servers,
) -> tuple[AlertEvidence, ...]:
    return ()
