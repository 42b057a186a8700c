"""What was seen of assets and source tables, as pieces of evidence. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from dagway.prototype.model import PlannedAsset, PlannedCheck, slash
from dagway.prototype.prove.model import AssetEvidence, CheckEvidence, Facts, Item
from dagway.prototype.prove.numbers import age, counted
from dagway.prototype.prove.telling import held
from dagway.prototype.prove.verdict_automation import condition_item


def asset_items(line: str, planned: list[PlannedAsset], facts: Facts) -> Iterator[Item]:
    """What shows that assets were materialized, with their checks, freshness and condition; of no asset that there is none."""
    if not planned:
        yield Item(line, "materialization", False, "The plan has no such asset.")
    for asset in planned:
        yield from _asset(line, asset, facts)


def _asset(line: str, planned: PlannedAsset, facts: Facts) -> Iterator[Item]:
    key = slash(planned.key)
    seen = facts.asset(key)
    if not planned.buildable:
        yield Item(line, "materialization", False, f"{key} was not built: {planned.reason}")
        return
    if seen is None:
        yield Item(line, "materialization", False, f"{key} is not in the loaded project.")
        return
    if planned.scaffolded and seen.error:
        yield Item(line, "materialization", False, f"{key} is a skeleton still to be written: {seen.error}")
        return
    yield _materialization(line, seen)
    yield from (_check(line, key, check, _named(seen, check.name)) for check in planned.checks)
    if planned.freshness:
        yield _freshness(line, seen)
        yield _stays_fresh(line, seen)
    if planned.automation.kind == "condition":
        yield condition_item(line, planned, seen, facts)


def _materialization(line: str, asset: AssetEvidence) -> Item:
    if not asset.materialized:
        return Item(
            line,
            "materialization",
            False,
            f"{asset.key} was not materialized: {asset.error or 'it did not run'}",
        )
    parts = [counted(asset.rows, "row")] if asset.rows is not None else []
    parts += [counted(asset.partitions, "partition")] if asset.partitions else []
    parts += [f"{asset.seconds:.2f} s"] if asset.seconds is not None else []
    details = {"rows": asset.rows, "partitions": asset.partitions, "seconds": asset.seconds}
    summary = f"{asset.key} was materialized" + (f": {', '.join(parts)}" if parts else "")
    if _is_asset_error(asset):
        return Item(
            line, "materialization", False, f"{summary}, then its step failed: {asset.error}", True, details
        )
    return Item(line, "materialization", True, summary, True, details)


def _is_asset_error(asset: AssetEvidence) -> bool:
    """A blocking check that failed also fails the step; the check's own item says so, and counts by its severity."""
    return asset.error is not None and all(check.passed for check in asset.checks)


def _named(asset: AssetEvidence, name: str) -> CheckEvidence | None:
    return next((check for check in asset.checks if check.name == name), None)


def _check(line: str, key: str, planned: PlannedCheck, seen: CheckEvidence | None) -> Item:
    if seen is None:
        return Item(
            line, "check", False, f"{key}: the check {planned.name} did not run.", planned.severity == "error"
        )
    required = planned.severity == "error" or seen.severity == "error"
    details = {"failed_rows": seen.failed_rows, "severity": seen.severity, **seen.details}
    if seen.passed:
        counts = f": {found}" if (found := held(seen)) else ""
        return Item(line, "check", True, f"{key}: {seen.name} passed{counts}", required, details)
    if planned.kind == "python" and (seen.description or "").startswith("NotImplementedError"):
        function = str(planned.value).rpartition(":")[2]
        return Item(
            line, "check", False, f"{key}: {function} is a skeleton still to be written", True, details
        )
    warning = "" if required else " (a warning)"
    return Item(line, "check", False, f"{key}: {seen.name} failed{warning}: {_why(seen)}", required, details)


def _why(check: CheckEvidence) -> str:
    """What the check says of itself, and how many rows fail where it does not say that."""
    said = (check.description or "").rstrip(".")
    rows = counted(check.failed_rows, "row") if check.failed_rows else ""
    if not rows or rows in said:
        return said or "it gives no reason"
    return f"{said} ({rows})" if said else f"{rows} fail"


def _freshness(line: str, asset: AssetEvidence) -> Item:
    if asset.freshness is None:
        return Item(
            line, "freshness", False, f"{asset.key} has no freshness policy on its loaded definition."
        )
    if not asset.fresh:
        return Item(
            line,
            "freshness",
            False,
            f"{asset.key} is stale, not {asset.freshness}: {_last(asset)}",
        )
    details = {"age_seconds": asset.age, "policy": asset.freshness}
    summary = f"{asset.key} is fresh, {asset.freshness}: {_last(asset)}"
    return Item(line, "freshness", True, summary, True, details)


def _stays_fresh(line: str, asset: AssetEvidence) -> Item:
    """Whether what runs the asset runs it often enough: just built, everything is fresh."""
    rhythm = asset.rhythm
    if rhythm is None or asset.oldest is None:
        said = "its policy is no window of time" if rhythm else "what runs it was not looked at"
        return Item(line, "freshness", False, f"whether {asset.key} stays fresh was not seen: {said}")
    details = {"gap_seconds": rhythm.gap, "run_seconds": rhythm.run, "oldest_seconds": asset.oldest}
    if rhythm.kind == "open":
        said = f"whether {asset.key} stays fresh was not seen: {rhythm.said}"
        return Item(line, "freshness", False, said, False)
    if rhythm.kind == "never":
        return Item(line, "freshness", False, f"{asset.key} will not stay fresh: {rhythm.said}")
    if rhythm.gap + rhythm.run <= asset.oldest:
        return Item(line, "freshness", True, f"{asset.key} stays fresh: {rhythm.said}", True, details)
    run = f" and a run took {rhythm.run:.1f} s" if rhythm.gap <= asset.oldest else ""
    said = f"{asset.key} will not stay fresh: {rhythm.said}{run}; it may be {age(asset.oldest)} old"
    return Item(line, "freshness", False, said, True, details)


def _last(asset: AssetEvidence) -> str:
    return "never materialized" if asset.age is None else f"materialized {age(asset.age)} ago"
