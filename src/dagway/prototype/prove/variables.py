"""Environment variables that a real run needs, looked for before anything runs."""

from __future__ import annotations

from collections.abc import Mapping

from dagway.errors import DagwayError
from dagway.project.env_file import is_production
from dagway.prototype.model import Plan, Variable


def missing_variables(plan: Plan, environment: Mapping[str, str]) -> tuple[Variable, ...]:
    """Variables without a default that are not set and that this run needs.

    What only another environment or an alert uses is not needed: a proof sends its messages to a local receiver.
    """
    named = environment.get("DAGWAY_ENVIRONMENT") or ""
    return tuple(
        variable
        for variable in plan.variables
        if variable.default is None
        and not environment.get(variable.name)
        and any(_is_needed(line, named) for line in variable.used_by)
    )


def _is_needed(line: str, environment: str) -> bool:
    section, _, name = line.partition("/")
    return name == environment if section == "environments" else section != "alerts"


def require_variables(plan: Plan, environment: Mapping[str, str]) -> None:
    """Checks that every variable that the run needs is set.

    Raises:
        DagwayError: some are not; it names all of them and who uses them.
    """
    if missing := missing_variables(plan, environment):
        lines = "".join(f"\n    {item.name}, used by {', '.join(item.used_by)}" for item in missing)
        places = (
            "the environment" if is_production(environment) else "the environment or the project's .env file"
        )
        raise DagwayError(
            f"Environment variables that the project needs are not set:{lines}",
            f"Set them in {places}, or prove with --demo, which needs none.",
        )
