"""What was seen of exports and alerts, as pieces of evidence. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from dagway.prototype.model import Plan, PlannedAlert, slash
from dagway.prototype.prove.model import ExportEvidence, Facts, Item
from dagway.prototype.prove.numbers import counted
from dagway.prototype.prove.verdict_assets import asset_items


def export_items(line: str, name: str, plan: Plan, facts: Facts) -> Iterator[Item]:
    """Whether the export was written and read back; that nothing runs it by itself is a warning."""
    planned = [item for item in plan.assets if item.role == "export" and item.key[-1] == name]
    yield from asset_items(line, planned, facts)
    for asset in planned:
        key = slash(asset.key)
        seen = next((item for item in facts.exports if item.key == key), None)
        if seen is None:
            yield Item(line, "export", False, f"{key} was not read back.")
        elif seen.error:
            yield Item(
                line, "export", False, f"{key} could not be read back from {seen.location}: {seen.error}"
            )
        else:
            details = {"location": seen.location, "rows": seen.rows, "upstream_rows": seen.upstream_rows}
            rows = "no count" if seen.upstream_rows is None else f"{seen.upstream_rows:,}"
            summary = f"{_seen(seen)}, {rows} in its table"
            passed = seen.rows is not None and seen.rows == seen.upstream_rows
            yield Item(line, "export", passed, summary, True, details)
        if asset.buildable and asset.automation.kind == "none":
            yield Item(
                line, "automation", False, f"{key} was run for this proof; {asset.automation.reason}", False
            )


def _seen(export: ExportEvidence) -> str:
    rows = counted(export.rows or 0, "row")
    if export.counted_by:
        return f"{rows} taken by {export.location}, as {export.counted_by} counts them"
    return f"{rows} read back from {export.location}"


def alert_items(line: str, name: str, plan: Plan, facts: Facts) -> Iterator[Item]:
    """Whether the alert's message arrived, wherever it goes."""
    planned = next((alert for alert in plan.alerts if alert.name == name), None)
    seen = {item.name: item for item in facts.alerts}
    for sensor in sensors_of(planned) if planned else (name,):
        if (found := seen.get(sensor)) is None:
            yield Item(line, "alert", False, f"The loaded project has no alert {sensor}.")
        else:
            details = {"channel": found.channel, "text": found.text, "seconds": found.seconds}
            yield Item(line, "alert", found.received, f"{sensor}: {found.summary}", True, details)


def sensors_of(alert: PlannedAlert) -> tuple[str, ...]:
    """The sensors that an alert becomes: one, or two where it goes to Slack and to a webhook."""
    both = alert.slack and alert.webhook
    return (alert.name, f"{alert.name}_webhook") if both else (alert.name,)
