"""A sensor that tells Slack of runs that failed, and of those that succeed again: once each, later where Slack is away.

A run that was told of carries a tag, which is written right after Slack has taken the message: neither a tick that fails nor a daemon
that is killed makes a second one. Runs are never delayed: the sensor looks at what has ended.
"""

# Dagster leaves parts of its types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from dagway.components.alerts import slack
from dagway.components.alerts.events import assets_of, owners_of
from dagway.errors import DagwayError

NAME = "run_news"
TOLD = "dagway/told"
#: Seconds between two looks, and those that one message may take.
_EVERY, _PATIENCE = 15, 10.0
#: Runs that one look tells of; the rest waits for the next.
_MOST = 20
#: Runs of one job among which the one is looked for that did the same before.
_LOOKED_AT = 100
#: How far a look goes back behind the newest run that it has seen: states are written by several processes.
_OVERLAP = timedelta(minutes=10)
_ENDED = [dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.SUCCESS]
Tell = Callable[[str], None]


def run_news(channel: str) -> dg.SensorDefinition:
    """The sensor, which runs by default; without a channel it has nothing to do."""

    def look(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        if not channel:
            return dg.SkipReason("No channel is named: set SLACK_DEFAULT_CHANNEL.")
        return news(context, lambda text: slack.tell(channel, text, _PATIENCE))

    return dg.SensorDefinition(
        name=NAME,
        evaluation_fn=look,
        minimum_interval_seconds=_EVERY,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells Slack of runs that fail, and of those that succeed again.",
    )


def news(context: dg.SensorEvaluationContext, tell: Tell) -> dg.SkipReason:
    """One look. What Slack does not take now is told at a later one."""
    now = datetime.now(UTC)
    since = datetime.fromisoformat(json.loads(context.cursor)["since"]) if context.cursor else now
    newest, told = since, 0
    for record in _ended(context.instance, since - _OVERLAP if context.cursor else since):
        run = record.dagster_run
        text = _text(context, record) if TOLD not in run.tags else ""
        if text and told == _MOST:
            return _later(context, newest, f"{told} messages sent, more to come.")
        if text:
            try:
                tell(text)
            except DagwayError as error:
                context.log.warning(f"Slack is told later of run {run.run_id}: {error}")
                return _later(
                    context, newest, f"{told} messages sent; Slack takes no more now: {error.message}"
                )
            context.instance.add_run_tags(run.run_id, {TOLD: run.status.value.lower()})
            told += 1
        newest = max(newest, record.update_timestamp.replace(tzinfo=record.update_timestamp.tzinfo or UTC))
    return _later(context, newest, f"{told} messages sent." if told else "No news.")


def _later(context: dg.SensorEvaluationContext, since: datetime, why: str) -> dg.SkipReason:
    context.update_cursor(json.dumps({"since": since.isoformat()}))
    return dg.SkipReason(why)


def _ended(instance: dg.DagsterInstance, since: datetime) -> Sequence[dg.RunRecord]:
    wanted = dg.RunsFilter(statuses=_ENDED, updated_after=since)
    return instance.get_run_records(wanted, order_by="update_timestamp", ascending=True)


@dataclass(frozen=True)
class News:
    """What is told of one run; `url` is the webserver's, empty where it is not known."""

    what: str
    run: dg.DagsterRun
    assets: tuple[str, ...]
    owners: tuple[str, ...]
    url: str
    error: str = ""

    def text(self) -> str:
        """In Slack's own format, with links where there is something to link to."""
        lines = [
            f"*{self.what}*: {self._link(f'runs/{self.run.run_id}', f'{self.run.job_name} {self.run.run_id[:8]}')}"
        ]
        if self.assets:
            lines.append("Assets: " + ", ".join(self._link(f"assets/{key}", key) for key in self.assets[:10]))
        if self.owners:
            lines.append("Owners: " + ", ".join(self.owners))
        return "\n".join([*lines, *([f"```{self.error[:1500]}```"] if self.error else [])])

    def _link(self, path: str, text: str) -> str:
        return f"<{self.url}/{path}|{text}>" if self.url else text


def _text(context: dg.SensorEvaluationContext, record: dg.RunRecord) -> str:
    """The message; empty for a run that succeeds as the one before it did."""
    run, instance = record.dagster_run, context.instance
    has_failed = run.status == dg.DagsterRunStatus.FAILURE
    if not has_failed and not _recovers(instance, record):
        return ""
    assets = assets_of(instance, run)
    keys = tuple(sorted(key.to_user_string() for key in assets))
    owners = owners_of(context.repository_def, assets) if context.repository_def else ()
    url = os.environ.get("DAGWAY_URL", "").rstrip("/")
    what = "Run failed" if has_failed else "Run succeeds again"
    return News(what, run, keys, owners, url, _error(instance, run) if has_failed else "").text()


def _recovers(instance: dg.DagsterInstance, record: dg.RunRecord) -> bool:
    """Whether the run before this one that did the same failed."""
    before = _same_before(instance, record)
    return before is not None and before.status == dg.DagsterRunStatus.FAILURE


def _same_before(instance: dg.DagsterInstance, record: dg.RunRecord) -> dg.DagsterRun | None:
    """The run before it of the same job of the same location, on the same assets and checks."""
    run, cursor = record.dagster_run, None
    wanted = dg.RunsFilter(job_name=run.job_name, statuses=_ENDED, created_before=record.create_timestamp)
    # Mostly the first is it; runs of chosen assets all have one job's name.
    for limit in (1, _LOOKED_AT):
        found = [one.dagster_run for one in instance.get_run_records(wanted, limit, cursor=cursor)]
        for one in found:
            if _does(one) == _does(run):
                return one
        if len(found) < limit:
            break
        cursor = found[-1].run_id
    return None


def _does(run: dg.DagsterRun) -> tuple[object, ...]:
    origin = run.remote_job_origin
    where = origin.repository_origin.code_location_origin.location_name if origin else None
    return where, run.asset_selection, run.asset_check_selection


def _error(instance: dg.DagsterInstance, run: dg.DagsterRun) -> str:
    """The steps' own errors, each with its cause; the run's where no step failed."""
    texts = list[str]()
    for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE):
        data: Any = entry.dagster_event.event_specific_data if entry.dagster_event else None
        error: Any = getattr(data, "error", None)
        texts += [f"{entry.step_key}: {(error.cause or error).message.strip()}"] if error else []
    for entry in () if texts else instance.all_logs(run.run_id, of_type=dg.DagsterEventType.RUN_FAILURE):
        texts.append((entry.dagster_event.message or "") if entry.dagster_event else "")
    return "\n".join(texts)
