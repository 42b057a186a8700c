"""A sensor that tells Slack of runs that failed, and of those that succeed again: later where Slack is away.

A run that was told of carries a tag, which is written right after Slack has taken the message: a tick that fails, and a daemon that is
killed, tell of no run twice. One moment is left, between Slack's answer and the tag: who is killed in it tells of that run again, for a
message twice is better than none. Runs are never delayed: the sensor looks at what has ended.
"""

# Dagster leaves parts of its types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import dagster as dg

from dagway.components.alerts import slack
from dagway.components.alerts.events import assets_of, owners_of
from dagway.errors import DagwayError

NAME = "run_news"
TOLD = "dagway/told"
#: Seconds between two looks, those that one message may take, and those after which the rest waits for the next: Dagster gives a look 60.
EVERY, _PATIENCE, _LONGEST = 15, 10.0, 30.0
#: Runs that one look tells of, and those that it reads at once; the rest waits for the next.
_MOST, _PAGE = 20, 100
#: Runs of one job among which the one is looked for that did the same before.
_LOOKED_AT = 100
#: How far behind the newest run it is looked again for others: states are written by several processes, and some come late.
_OVERLAP = timedelta(minutes=10)
_ENDED = [dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.SUCCESS]
_LONG_AGO = datetime.fromtimestamp(0, UTC)
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
        minimum_interval_seconds=EVERY,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells Slack of runs that fail, and of those that succeed again.",
    )


def news(context: dg.SensorEvaluationContext, tell: Tell) -> dg.SkipReason:
    """One look: at a page of what has ended since the last one, and at a page of the time before, to which runs may have come late.

    What Slack does not take now, and what there is no time for, is told at a later one: how far this one came is kept.
    """
    place, look = _Place.read(context.cursor), _Look(context, tell)
    seen = place.newest
    for record in _ended(context.instance, seen):
        if not look.at(record):
            return place.keep(context, look.why)
        place.newest = _when(record)
    if not context.cursor:
        return place.keep(context, look.why)
    late = _ended(context.instance, max(place.again, seen - _OVERLAP), until=seen + timedelta.resolution)
    for record in late:
        if not look.at(record):
            return place.keep(context, look.why)
        place.again = _when(record)
    if len(late) < _PAGE:
        # All of them: it begins anew at the next look.
        place.again = _LONG_AGO
    return place.keep(context, look.why)


@dataclass
class _Place:
    """How far the looks have come, as the cursor keeps it.

    Attributes:
        newest: when the newest run ended that was seen.
        again: how far the time before it was looked at again.
    """

    newest: datetime
    again: datetime

    @classmethod
    def read(cls, cursor: str | None) -> _Place:
        """From the cursor; what ended before the first look is no news."""
        kept: dict[str, str] = json.loads(cursor) if cursor else {}
        now = datetime.now(UTC)
        # A time to come is one of a clock that has been set back since.
        newest = min(datetime.fromisoformat(kept["since"]), now) if kept else now
        return cls(newest, datetime.fromisoformat(kept["again"]) if "again" in kept else _LONG_AGO)

    def keep(self, context: dg.SensorEvaluationContext, why: str) -> dg.SkipReason:
        """To the cursor."""
        kept = {"since": self.newest.isoformat(), "again": self.again.isoformat()}
        context.update_cursor(json.dumps(kept))
        return dg.SkipReason(why)


class _Look:
    """What one look has told so far."""

    def __init__(self, context: dg.SensorEvaluationContext, tell: Tell) -> None:
        self._context, self._tell = context, tell
        self._told, self._ends = 0, ""
        self._until = time.monotonic() + _LONGEST

    @property
    def why(self) -> str:
        """What came of it."""
        return f"{f'{self._told} messages sent' if self._told else 'No news'}{self._ends}."

    def at(self, record: dg.RunRecord) -> bool:
        """Tells of a run where there is news of it; False where the look ends before it."""
        run, context = record.dagster_run, self._context
        if time.monotonic() > self._until:
            self._ends = ", more to be looked at"
            return False
        text = _text(context, record) if TOLD not in run.tags else ""
        if not text:
            return True
        if self._told == _MOST:
            self._ends = ", more to come"
            return False
        try:
            self._tell(text)
        except DagwayError as error:
            context.log.warning(f"Slack is told later of run {run.run_id}: {error}")
            self._ends = f"; Slack takes no more now: {error.message.rstrip('.')}"
            return False
        context.instance.add_run_tags(run.run_id, {TOLD: run.status.value.lower()})
        self._told += 1
        return True


def _ended(
    instance: dg.DagsterInstance, since: datetime, until: datetime | None = None
) -> Sequence[dg.RunRecord]:
    """A page of the runs that ended after `since` and before `until`, in that order."""
    wanted = dg.RunsFilter(statuses=_ENDED, updated_after=since, updated_before=until)
    return instance.get_run_records(wanted, _PAGE, order_by="update_timestamp", ascending=True)


def _when(record: dg.RunRecord) -> datetime:
    return record.update_timestamp.replace(tzinfo=record.update_timestamp.tzinfo or UTC)


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
            lines.append("Owners: " + ", ".join(map(escaped, self.owners)))
        # Three ticks in it would end the block.
        error = escaped(self.error[:1500].replace("```", "` ` `"))
        return "\n".join([*lines, *([f"```{error}```"] if error else [])])

    def _link(self, path: str, text: str) -> str:
        return f"<{self.url}/{quote(path)}|{escaped(text)}>" if self.url else escaped(text)


def escaped(text: str) -> str:
    """As Slack shows it, which then takes no part of it for a link, a person or a channel."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


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
