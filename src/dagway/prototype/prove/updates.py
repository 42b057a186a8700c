"""What automation conditions ask for once something changed: tried on a copy of the instance, so that no event is made up
in the project's own.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg

UPDATED = "once its upstream was updated"
IN_TIME = "at its time"
UPDATED_IN_TIME = "once its upstream was updated after its time"
MISSING = "once its rows were missing"
#: How far the clock goes on, so that a cron of the hour, the day, the month or the year has its tick.
STEPS = (timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=32), timedelta(days=367))
PAUSE = timedelta(minutes=1)
"""From a tick of a cron to what arrives after it."""
_NOT_COPIED = shutil.ignore_patterns("storage", "logs", "dagster.yaml", ".telemetry")
"""Logs, and settings, which may name a database that is no copy."""

Asked = dict[dg.AssetKey, int]


@contextmanager
def copy_of(home: Path) -> Generator[dg.DagsterInstance]:
    """An instance with the runs and events of a Dagster home; what happens in it happens nowhere else."""
    with tempfile.TemporaryDirectory(prefix="dagway-copy-") as folder:
        shutil.copytree(home, folder, ignore=_NOT_COPIED, dirs_exist_ok=True)
        with dg.DagsterInstance.local_temp(folder) as instance:
            yield instance


@dataclass
class Trial:
    """Conditions on an instance that may be changed, each time evaluated with the cursor of the time before.

    Attributes:
        definitions: all of the project: conditions look at what is upstream.
        selection: the assets whose conditions are evaluated.
        now: when they were last evaluated.
    """

    definitions: dg.Definitions
    selection: Any
    instance: dg.DagsterInstance
    now: datetime
    _cursor: Any = None
    _found: dict[dg.AssetKey, str] = field(default_factory=dict[dg.AssetKey, str])

    def evaluate(self, now: datetime) -> Asked:
        """How many runs or partitions each condition asks for at that time."""
        answer: Any = dg.evaluate_automation_conditions(
            self.definitions, self.instance, self.selection, evaluation_time=now, cursor=self._cursor
        )
        self._cursor, self.now = answer.cursor, now
        return {item.key: int(answer.get_num_requested(item.key)) for item in answer.results}

    def asks(self) -> dict[dg.AssetKey, str]:
        """What made each condition ask for a run. One that never asked is left out."""
        conditioned = set(self.evaluate(self.now + PAUSE))
        self._found = {}
        for number, step in enumerate(STEPS):
            if conditioned == self._found.keys():
                return self._found
            self._try(conditioned, step, UPDATED_IN_TIME if number else UPDATED)
        self.instance.wipe_assets([key for key in conditioned if key not in self._found])
        self._note(self.evaluate(self.now + PAUSE), MISSING)
        return self._found

    def _try(self, conditioned: set[dg.AssetKey], step: timedelta, what: str) -> None:
        """Let time pass, then let what is upstream arrive: first what no condition runs, as the rest may follow from it."""
        parents = {parent for key in conditioned for parent in self._upstream(key)}
        for arriving in (parents - conditioned, parents & conditioned):
            self._note(self.evaluate(self.now + step), IN_TIME)
            for key in sorted(arriving, key=lambda key: key.to_user_string()):
                self._update(key, conditioned)
            self._note(self.evaluate(self.now + PAUSE), what)

    def _note(self, asked: Asked, what: str) -> None:
        for key, number in asked.items():
            if number:
                self._found.setdefault(key, what)

    def _upstream(self, key: dg.AssetKey) -> Iterable[dg.AssetKey]:
        return self.definitions.resolve_asset_graph().get(key).parent_keys

    def _update(self, key: dg.AssetKey, conditioned: set[dg.AssetKey]) -> None:
        """A new materialization; of a partitioned asset, of its newest partitions."""
        for partition in self._newest(key, conditioned):
            self.instance.report_runless_asset_event(dg.AssetMaterialization(key, partition=partition))

    def _newest(self, key: dg.AssetKey, conditioned: set[dg.AssetKey]) -> Sequence[str | None]:
        """The last partition; all from where the longest last partition of what follows begins, a month of days."""
        own = self._partitions(key)
        if own is None:
            return [None]
        keys: list[str] = self._keys(own)
        followers = [self._partitions(one) for one in conditioned if key in self._upstream(one)]
        starts = [
            follower.time_window_for_partition_key(self._keys(follower)[-1]).start
            for follower in followers
            if isinstance(follower, dg.TimeWindowPartitionsDefinition) and self._keys(follower)
        ]
        if not starts or not isinstance(own, dg.TimeWindowPartitionsDefinition):
            return keys[-1:]
        first = min(starts)
        return [one for one in keys if own.time_window_for_partition_key(one).start >= first] or keys[-1:]

    def _partitions(self, key: dg.AssetKey) -> Any:
        return self.definitions.resolve_asset_graph().get(key).partitions_def

    def _keys(self, definition: Any) -> list[str]:
        return list(
            definition.get_partition_keys(current_time=self.now, dynamic_partitions_store=self.instance)
        )
