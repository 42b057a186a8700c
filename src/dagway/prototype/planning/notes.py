"""Advice: what the blueprint leaves open, and what would be surprising."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dagway.blueprint.cron import first_of_day
from dagway.blueprint.model import Blueprint
from dagway.prototype.model import AssetKey, PlannedAlert, PlannedAsset, PlannedSchedule, Requirement, slash
from dagway.prototype.planning.automation import Triggers, runs_twice
from dagway.prototype.planning.columns import KnownColumns
from dagway.prototype.planning.lines import Lines
from dagway.prototype.planning.selection import Graph, select

_SHOWN = 5


def plan_notes(
    blueprint: Blueprint,
    lines: Lines,
    assets: Sequence[PlannedAsset],
    requirements: Sequence[Requirement],
    triggers: Triggers,
) -> tuple[str, ...]:
    """One line for each thing that a person should decide; `assets` are those of the lines, finished."""
    return (
        *_unmet(requirements),
        *_about(assets, triggers),
        *_sources(blueprint),
        *_clocks(lines.schedules),
        *_late(lines.schedules),
        *_mute(lines.alerts, lines.graph),
    )


def absent_columns(known: Mapping[AssetKey, KnownColumns]) -> Iterator[str]:
    """Queries that read what is not there: a run of them fails."""
    for key, columns in known.items():
        for source in columns.absent:
            yield f"{slash(key)} reads the column {source.column}, which the query of {slash(source.asset)} does not give"


def _unmet(requirements: Sequence[Requirement]) -> Iterator[str]:
    for requirement in requirements:
        if not requirement.met_by:
            yield f"{requirement.id} is unmet: no line that is built says `meets: [{requirement.id}]`"


def _about(assets: Sequence[PlannedAsset], triggers: Triggers) -> Iterator[str]:
    built = [asset for asset in assets if asset.role in {"sql", "python"}]
    yield from _several("cannot be built by this version", [one for one in assets if not one.buildable])
    yield from _several(
        "may run twice, by a condition and by a schedule or sensor",
        [one for one in assets if runs_twice(one, triggers)],
    )
    yield from _several(
        "no checks, so nothing is known of the rows", [one for one in built if not one.checks]
    )
    yield from _several("no description", [one for one in built if not one.description])
    yield from _several(
        "no column schema before a run records one; write `columns`, at best with types",
        [one for one in assets if one.role != "export" and one.buildable and not one.columns],
    )
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


def _late(schedules: Sequence[PlannedSchedule]) -> Iterator[str]:
    """A run counts for the day on which it starts."""
    for schedule in schedules:
        if schedule.ready_by and (tick := first_of_day(schedule.cron)) >= schedule.ready_by:
            yield (
                f"schedules/{schedule.name} can never be ready by {schedule.ready_by}: its first tick of a day is at"
                f" {tick}; tick earlier, or write a later `ready_by`"
            )


def _mute(alerts: Sequence[PlannedAlert], graph: Graph) -> Iterator[str]:
    for alert in alerts:
        if alert.when == "freshness":
            watched = select(alert.selection or "*", graph)
            if not any(graph.assets[key].freshness for key in watched):
                yield (
                    f"alerts/{alert.name} never sends: none of its assets has a `freshness`, so none becomes stale;"
                    " write `freshness: 36h` on those that must not be old"
                )
