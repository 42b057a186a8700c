"""Advice: what the blueprint leaves open, and what would be surprising."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dagway.blueprint.model import Blueprint
from dagway.prototype.model import PlannedAsset, PlannedSchedule, Requirement, slash
from dagway.prototype.planning.automation import Triggers, runs_twice

_SHOWN = 5


def plan_notes(
    blueprint: Blueprint,
    assets: Sequence[PlannedAsset],
    schedules: Sequence[PlannedSchedule],
    requirements: Sequence[Requirement],
    triggers: Triggers,
) -> tuple[str, ...]:
    """One line for each thing that a person should decide."""
    return (
        *_unmet(requirements),
        *_about(assets, triggers),
        *_sources(blueprint),
        *_clocks(schedules),
    )


def _unmet(requirements: Sequence[Requirement]) -> Iterator[str]:
    for requirement in requirements:
        if not requirement.met_by:
            yield f"{requirement.id} is unmet: no line that is built says `meets: [{requirement.id}]`"


def _about(assets: Sequence[PlannedAsset], triggers: Triggers) -> Iterator[str]:
    built = [asset for asset in assets if asset.role in {"sql", "python"}]
    yield from _several("cannot be built by this version", [one for one in assets if not one.buildable])
    yield from _several("still to be written, by a person", [one for one in assets if one.scaffolded])
    yield from _several(
        "may run twice, by a condition and by a schedule or sensor",
        [one for one in assets if runs_twice(one, triggers)],
    )
    yield from _several(
        "no checks, so nothing is known of the rows", [one for one in built if not one.checks]
    )
    yield from _several("no description", [one for one in built if not one.description])
    yield from _several("no owner", [one for one in assets if not one.owners])
    yield from _several(
        "nothing runs them", [one for one in assets if one.buildable and one.automation.kind == "none"]
    )


def _several(what: str, assets: Sequence[PlannedAsset]) -> Iterator[str]:
    if assets:
        names = ", ".join(slash(asset.key) for asset in assets[:_SHOWN])
        more = f" and {len(assets) - _SHOWN} more" if len(assets) > _SHOWN else ""
        yield f"{what}: {names}{more}"


def _sources(blueprint: Blueprint) -> Iterator[str]:
    for name, source in blueprint.sources.items():
        if not source.demo:
            yield f"sources/{name} has no `demo` files: it cannot be proven without the real system"


def _clocks(schedules: Sequence[PlannedSchedule]) -> Iterator[str]:
    for schedule in schedules:
        if schedule.timezone != "UTC":
            yield (
                f"schedules/{schedule.name} follows the clock of {schedule.timezone}: if that clock changes in the year,"
                " so does the time in UTC, and a tick in the changed hour is skipped or comes twice"
            )
