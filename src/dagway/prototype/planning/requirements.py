"""Which lines of the blueprint meet which requirement."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from dagway.blueprint.model import Blueprint
from dagway.prototype.model import AssetKey, Requirement


def plan_requirements(blueprint: Blueprint, unbuilt: Collection[AssetKey]) -> tuple[Requirement, ...]:
    """Every requirement with the lines that meet it. A line that this version cannot build meets nothing."""
    lines = [(line, meets) for line, key, meets in _lines(blueprint) if key not in unbuilt]
    return tuple(
        Requirement(number, text, tuple(dict.fromkeys(line for line, meets in lines if number in meets)))
        for number, text in blueprint.requirements.items()
    )


def _lines(blueprint: Blueprint) -> Iterator[tuple[str, AssetKey | None, tuple[str, ...]]]:
    """Each line as `section/name`, with the asset that it makes, if it makes one."""
    for name, source in blueprint.sources.items():
        for table in source.tables:
            yield f"sources/{name}", (name, table), source.meets
            yield f"sources/{name}/{table}", (name, table), source.table(table).meets
    for key, asset in blueprint.assets.items():
        yield f"assets/{key}", tuple(key.split("/")), asset.meets
    for name, export in blueprint.exports.items():
        yield f"exports/{name}", ("exports", name), export.meets
    for section, said in (
        ("schedules", blueprint.schedules),
        ("sensors", blueprint.sensors),
        ("alerts", blueprint.alerts),
    ):
        for name, trigger in said.items():
            yield f"{section}/{name}", None, trigger.meets
