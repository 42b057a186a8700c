"""Which pieces of evidence say most of a requirement: what is particular to it before what every asset has. Pure."""

from __future__ import annotations

from dagway.prototype.prove.model import CheckEvidence, Item, RequirementEvidence
from dagway.prototype.prove.numbers import counted

_ORDER = ("alert", "export", "schedule", "sensor", "automation", "freshness", "check", "materialization")


def telling(requirement: RequirementEvidence, most: int) -> tuple[Item, ...]:
    """Of an unmet requirement all that it lacks; of a met one the first pieces that passed, one of each kind."""
    if not requirement.met:
        return tuple(item for item in requirement.evidence if item.required and not item.passed)
    first: dict[str, Item] = {}
    for item in requirement.evidence:
        if item.passed:
            first.setdefault(item.kind, item)
    return tuple(sorted(first.values(), key=_rank)[:most])


def warnings(requirement: RequirementEvidence) -> tuple[Item, ...]:
    """What failed and breaks nothing."""
    return tuple(item for item in requirement.evidence if not item.passed and not item.required)


def held(check: CheckEvidence) -> str:
    """What a check that passed counted; nothing of one that counts no rows."""
    rows = check.details.get("total_rows")
    if not check.passed or not isinstance(rows, int):
        return ""
    if check.failed_rows is None:
        return counted(rows, "row")
    return f"{check.failed_rows:,} of {counted(rows, 'row')} {'breaks' if check.failed_rows == 1 else 'break'} it"


def _rank(item: Item) -> int:
    return _ORDER.index(item.kind) if item.kind in _ORDER else 0
