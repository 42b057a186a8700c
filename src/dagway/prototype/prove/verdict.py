"""The verdict on each requirement, from the plan and what the worker saw. Pure: no clock, no files.

Whatever is not shown counts as unmet: an asset that the plan names and the project lacks, a check that did not run,
a line of an unknown kind.
"""

from __future__ import annotations

from collections.abc import Iterator

from dagway.prototype.model import Plan, PlannedAsset, Requirement, slash
from dagway.prototype.prove.model import Facts, Item, RequirementEvidence
from dagway.prototype.prove.verdict_assets import asset_items
from dagway.prototype.prove.verdict_automation import schedule_item, sensor_item
from dagway.prototype.prove.verdict_outward import alert_items, export_items


def verdicts(plan: Plan, facts: Facts) -> tuple[RequirementEvidence, ...]:
    """One verdict for each requirement of the plan, in its order."""
    return tuple(_verdict(requirement, plan, facts) for requirement in plan.requirements)


def _verdict(requirement: Requirement, plan: Plan, facts: Facts) -> RequirementEvidence:
    items = tuple(item for line in requirement.met_by for item in _line(line, plan, facts))
    items += tuple(_not_built(requirement, plan))
    if not items:
        items = (Item("", "blueprint", False, "Nothing in the blueprint meets it."),)
    met = all(item.passed for item in items if item.required)
    return RequirementEvidence(requirement.id, requirement.text, met, items)


def _not_built(requirement: Requirement, plan: Plan) -> Iterator[Item]:
    """Lines that meet the requirement in the blueprint and that this version could not build."""
    for asset in plan.assets:
        if requirement.id in asset.meets and not asset.buildable:
            key = slash(asset.key)
            yield Item(key, "blueprint", False, f"{key} was not built: {asset.reason}")


def _line(line: str, plan: Plan, facts: Facts) -> Iterator[Item]:
    kind, _, name = line.partition("/")
    match kind:
        case "assets":
            yield from asset_items(line, [item for item in plan.assets if slash(item.key) == name], facts)
        case "sources":
            yield from asset_items(line, [item for item in plan.assets if _is_source(item, name)], facts)
        case "exports":
            yield from export_items(line, name, plan, facts)
        case "schedules":
            yield schedule_item(line, name, plan, facts)
        case "sensors":
            yield sensor_item(line, name, facts)
        case "alerts":
            yield from alert_items(line, name, plan, facts)
        case _:
            yield Item(line, "blueprint", False, f"Nothing proves a line of the kind {kind!r}.")


def _is_source(asset: PlannedAsset, name: str) -> bool:
    return asset.role == "source" and (asset.key[0] == name or slash(asset.key) == name)
