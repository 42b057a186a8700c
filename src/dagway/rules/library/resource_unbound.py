from __future__ import annotations

import re
from collections.abc import Iterable

from dagway.rules.loaded import LoadedWorkspace
from dagway.rules.model import Problem
from dagway.rules.rule import rule


@rule("resource-unbound", severity="error", kind="L")
def check(workspace: LoadedWorkspace) -> Iterable[Problem]:
    """A resource is required that nothing provides.

    What
        An asset, an operation, a schedule or a sensor requires a resource key, and the definitions have no resource of this
        name. For assets and operations Dagster refuses to load; for schedules and sensors each tick fails.

    Why
        Nothing that needs the resource can run.

    Broken
        # file: definitions.py
        import dagster as dg


        @dg.job
        def report(): ...


        @dg.schedule(job=report, cron_schedule="0 6 * * *", required_resource_keys={"warehouse"})
        def mornings(context):
            return dg.RunRequest()


        defs = dg.Definitions(jobs=[report], schedules=[mornings])

    Right
        # file: definitions.py
        import dagster as dg


        class Warehouse(dg.ConfigurableResource):
            path: str


        @dg.asset
        def orders(warehouse: Warehouse) -> None: ...


        defs = dg.Definitions(assets=[orders], resources={"warehouse": Warehouse(path="shop.duckdb")})

    Source
        The validation checklist: "Resources are configured".
    """
    for location in workspace.locations:
        provided = {resource.name for resource in location.project.resources}
        for item in (*location.project.schedules, *location.project.sensors):
            for key in item.requires:
                if key not in provided:
                    yield location.problem_named(
                        item, f"requires the resource {key}, which nothing provides", _remedy(key)
                    )
    for failure in workspace.failures:
        if match := _UNBOUND.search(failure.cause):
            message = f"{match['by']} requires the resource {match['key']}, which nothing provides"
            yield Problem(failure.line, 1, message, _remedy(match["key"]), path=failure.path or ".")


def _remedy(key: str) -> str:
    return f'Add it to the definitions: resources={{"{key}": …}}'


#: Dagster's own words for assets and operations, without which it does not load.
_UNBOUND = re.compile(
    r"(?:resource|manager) with key '(?P<key>[^']+)' required by (?P<by>.+?')'* was not provided"
)
