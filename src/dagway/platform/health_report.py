"""A daily asset that says how the platform and its data are: runs, assets that are late, checks that failed."""

# Dagster leaves parts of its types open; and it reads the annotations of an asset, so they are no text.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from dagway.components.freshness import staleness

KEY = dg.AssetKey(["platform", "health_report"])
_DAY = timedelta(days=1)
#: Lines of each list.
_MOST = 20


@dataclass(frozen=True)
class Health:
    """The last day.

    Attributes:
        runs: status → number of runs that ended or began so.
        failed: jobs of runs that failed → how often.
        stale: asset → why it is late; failed_checks: those whose last evaluation failed.
    """

    runs: dict[str, int]
    failed: dict[str, int]
    stale: dict[str, str]
    failed_checks: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Whether there is nothing to look at."""
        return not (self.failed or self.stale or self.failed_checks)

    def markdown(self) -> str:
        """For people."""
        lines = [
            "All is well." if self.is_good else "Something wants attention.",
            "",
            "| runs | in 24 h |",
            "|---|---|",
        ]
        lines += [f"| {status.lower()} | {number} |" for status, number in sorted(self.runs.items())]
        lists = {
            "Jobs that failed": [f"{job}: {number} times" for job, number in self.failed.items()],
            "Assets that are late": [f"{key}: {why}" for key, why in self.stale.items()],
            "Checks that fail": list(self.failed_checks),
        }
        for title, items in lists.items():
            lines += ["", f"**{title}**", "", *(f"- {item}" for item in items[:_MOST])] if items else []
        return "\n".join(lines)


def health_report() -> dg.Definitions:
    """The asset and its daily schedule, which runs by default."""

    @dg.asset(key=KEY, group_name="platform", kinds={"report"}, owners=["team:platform"])
    def report(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
        """How the platform and its data are: runs of the last day, late assets, failing checks."""
        found = examine(context.instance, context.repository_def, datetime.now(UTC))
        return dg.MaterializeResult(
            metadata={
                "report": dg.MetadataValue.md(found.markdown()),
                "healthy": found.is_good,
                "failed_runs": sum(found.failed.values()),
                "late_assets": len(found.stale),
                "failing_checks": len(found.failed_checks),
            }
        )

    schedule = dg.ScheduleDefinition(
        name="health_report",
        target=dg.AssetSelection.keys(KEY),
        cron_schedule="0 6 * * *",
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    return dg.Definitions(assets=[report], schedules=[schedule])


def examine(instance: dg.DagsterInstance, repository: Any, now: datetime) -> Health:
    """The day before `now`."""
    records = instance.get_run_records(dg.RunsFilter(updated_after=now - _DAY))
    runs = [record.dagster_run for record in records]
    failed = Counter(run.job_name for run in runs if run.status == dg.DagsterRunStatus.FAILURE)
    return Health(
        dict(Counter(run.status.value for run in runs)),
        dict(failed.most_common()),
        dict(_stale(instance, repository, now)),
        tuple(sorted(_failed_checks(instance, repository))),
    )


def _stale(instance: dg.DagsterInstance, repository: Any, now: datetime) -> Iterator[tuple[str, str]]:
    for key, assets in repository.assets_defs_by_key.items():
        policy = assets.get_asset_spec(key).freshness_policy
        if policy is None:
            continue
        event = instance.get_latest_materialization_event(key)
        last = datetime.fromtimestamp(event.timestamp, UTC) if event else None
        if why := staleness(policy, last, now):
            yield key.to_user_string(), why


def _failed_checks(instance: dg.DagsterInstance, repository: Any) -> Iterator[str]:
    keys = list(repository.asset_checks_defs_by_key)
    latest = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys) if keys else {}
    for key, record in latest.items():
        event: Any = record.event.dagster_event if record.event else None
        evaluation: Any = event.event_specific_data if event else None
        if getattr(evaluation, "passed", True) is False:
            yield f"{key.asset_key.to_user_string()}: {key.name}"
