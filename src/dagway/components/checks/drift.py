"""Whether a table has about as many rows as after its earlier materializations."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg

from dagway.components.row_count_reconciliation import allowed, count_rows

NAME = "row_count_drift"


def drift_check(asset: tuple[str, ...], written: Mapping[str, Any]) -> dg.AssetChecksDefinition:
    """The check; it passes while there is no earlier materialization to compare with."""
    key, within, runs = dg.AssetKey(asset), str(written["within"]), int(written.get("runs") or 7)
    warn = written.get("severity", "warn") == "warn"
    allowed(within, 0)

    @dg.asset_check(
        asset=key,
        name=NAME,
        description=f"The number of rows is within {within} of the mean of the last {runs} materializations.",
        required_resource_keys={"warehouse"},
    )
    def drift(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        resources: Any = context.resources
        rows = count_rows(resources.warehouse, asset)
        earlier = list(earlier_counts(context.instance, key, runs))
        if not earlier:
            return dg.AssetCheckResult(passed=True, metadata={"rows": rows}, description="The first count.")
        mean = sum(earlier) / len(earlier)
        passed = abs(rows - mean) <= allowed(within, mean)
        return dg.AssetCheckResult(
            passed=passed,
            severity=dg.AssetCheckSeverity.WARN if warn else dg.AssetCheckSeverity.ERROR,
            metadata={"rows": rows, "mean_of_earlier": mean, "materializations": len(earlier)},
            description=None if passed else f"{rows:,} rows, {mean:,.0f} in the mean of the earlier ones.",
        )

    return drift


def earlier_counts(instance: dg.DagsterInstance, key: dg.AssetKey, runs: int) -> Iterator[int]:
    """The counts of the materializations before the last one, which is the one that is checked."""
    found = instance.fetch_materializations(key, limit=runs + 1).records[1:]
    for record in found:
        event = record.asset_materialization
        count: Any = event and event.metadata.get("dagster/row_count")
        if count is not None:
            yield int(count.value)
