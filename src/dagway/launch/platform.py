"""A launch on a platform that is up: asked for over GraphQL, and followed there."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dagway.errors import DagwayError
from dagway.launch.failure import Raised, failure_of
from dagway.launch.graphql import (
    AGAIN,
    EVENTS,
    FAILED_RUNS,
    LAUNCH,
    PARTITION,
    PARTITIONS,
    RUN,
    TERMINATE,
    Webserver,
)
from dagway.launch.partitions import Slice, slices
from dagway.launch.request import Request
from dagway.launch.saying import (
    LOG,
    OVER,
    Failure,
    Notice,
    RunCreated,
    RunEnded,
    RunEvent,
    Saying,
    Step,
    Tick,
)
from dagway.launch.served import Meant, meant

#: Seconds between two questions.
INTERVAL = 0.15
#: Seconds for which a platform that has stopped answering is asked again, while a run is followed.
PATIENCE = 60.0
SAFELY, AT_ONCE = "SAFE_TERMINATE", "MARK_AS_CANCELED_IMMEDIATELY"
_START, _END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
_LAST = "last"
#: What is told of a run that somebody has deleted.
_GONE = "RunNotFoundError"


class PlatformLaunch:
    """What is launched there goes on without this process; cancelling it is a request like others."""

    def __init__(self, request: Request, webserver: Webserver) -> None:
        self._request = request
        self._webserver = webserver
        self._policy = ""
        self._left = False

    def cancel(self) -> None:
        """Asks the platform to terminate the run."""
        self._policy = SAFELY

    def force(self) -> None:
        """Has the platform record the run as canceled, whether its process ends or not."""
        self._policy = AT_ONCE

    def kill(self) -> None:
        """Leaves it alone."""
        self._left = True

    def close(self) -> None:
        """Nothing is held."""

    def sayings(self) -> Iterator[Saying]:
        """What happens, until the last run is over; a tick now and then.

        Raises:
            DagwayError: nothing was run, or the platform does not answer any more.
        """
        if self._request.from_failure:
            yield from self._follow(self._again(), "", 1, 1)
            return
        part = meant(self._webserver, self._request)
        parts = self._slices(part) or (None,)
        for number, one in enumerate(parts, start=1):
            if self._policy or self._left:
                return
            run = self._launch(part, one)
            yield from self._follow(run, str(one or ""), number, len(parts))

    def _slices(self, part: Meant) -> tuple[Slice, ...]:
        keys = self._partitions(part)
        return slices(self._request, part.what, keys, part.most, part.dimensions)

    def _partitions(self, part: Meant) -> Sequence[str] | None:
        """All keys; None without partitions."""
        if not part.of_ops and part.partitioned is None:
            return None
        variables = {"selector": _whole(part), "keys": _keys(part)}
        answer = self._webserver.ask(PARTITIONS, "pipelineOrError", variables)
        keys: list[str] = answer["partitionKeysOrError"]["partitionKeys"]
        return keys if keys or part.partitioned else None

    def _launch(self, part: Meant, one: Slice | None) -> str:
        config, tags = self._request.config, dict(self._request.tags)
        if one is not None and one.first != one.last:
            tags |= {_START: one.first, _END: one.last}
        elif one is not None:
            of_partition, own = self._partition(part, one.first)
            config, tags = config or of_partition, {**own, **tags}
        parameters = {
            "selector": part.selector("jobName"),
            "runConfigData": config,
            "mode": "default",
            "executionMetadata": {"tags": [{"key": key, "value": value} for key, value in tags.items()]},
        }
        return _launched(self._webserver.ask(LAUNCH, "launchRun", {"parameters": parameters}))

    def _partition(self, part: Meant, name: str) -> tuple[Mapping[str, Any], dict[str, str]]:
        """The configuration and the tags that belong to a partition."""
        import yaml

        variables = {"selector": _whole(part), "keys": _keys(part), "name": name}
        found = self._webserver.ask(PARTITION, "pipelineOrError", variables)["partition"]
        for answer in (found["tagsOrError"], found["runConfigOrError"]):
            if "message" in answer:
                raise DagwayError(f"{part.what}: the partition {name} cannot be had: {answer['message']}")
        tags = {tag["key"]: tag["value"] for tag in found["tagsOrError"]["results"]}
        return yaml.safe_load(found["runConfigOrError"]["yaml"]) or {}, tags

    def _again(self) -> str:
        name = self._request.from_failure
        limit = {"limit": 1 if name == _LAST else 1000}
        runs = self._webserver.ask(FAILED_RUNS, "runsOrError", limit)["results"]
        found = [run["runId"] for run in runs if name == _LAST or run["runId"].startswith(name)]
        if len(found) != 1:
            which = "No run" if name == _LAST else f"{'No' if not found else 'More than one'} run {name}…"
            raise DagwayError(
                f"{which} has failed at {self._webserver.url}.", "Write the whole id of one that has."
            )
        parameters = {"parentRunId": found[0], "strategy": "FROM_FAILURE"}
        return _launched(self._webserver.ask(AGAIN, "launchRunReexecution", {"parameters": parameters}))

    def _follow(self, run: str, partition: str, number: int, of: int) -> Iterator[Saying]:
        yield self._created(run, partition, number, of)
        after: str | None = None
        asked = ""
        silent = Silence()
        while not self._left:
            try:
                page, found = self._news(run, after)
            except DagwayError as error:
                if silent.lasts():
                    yield Notice(
                        f"{error.message} The run {run} is not followed any more; it may go on there."
                    )
                    return
                if silent.is_new:
                    yield Notice(f"{error.message} It is asked again, for {PATIENCE:g} s.")
                yield Tick()
                time.sleep(INTERVAL)
                continue
            silent = Silence()
            if _GONE in {page["__typename"], found["__typename"]}:
                yield Notice(f"The run {run} was deleted while it was followed: how it ends is not known.")
                return
            after = page["cursor"]
            yield from (_event(run, event) for event in page["events"])
            if page["hasMore"]:
                continue
            status = found["status"]
            if status in OVER:
                yield RunEnded(run, status, time.time())
                return
            if self._policy != asked:
                refusal = self._terminate(run, self._policy)
                # One that has not started yet cannot be asked: it is asked again.
                asked = "" if refusal and self._policy == SAFELY else self._policy
                if refusal and asked:
                    yield Notice(refusal)
            yield Tick()
            time.sleep(INTERVAL)

    def _news(self, run: str, after: str | None) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """Its events since the cursor, and itself; of either the `__typename` says whether it is gone."""
        answer = self._webserver.ask(EVENTS, "", {"id": run, "after": after})
        page, found = answer["logsForRun"], answer["runOrError"]
        for one in (page, found):
            if "message" in one and one["__typename"] != _GONE:
                raise DagwayError(f"{self._webserver.url} does not tell of the run {run}: {one['message']}")
        return page, found

    def _terminate(self, run: str, policy: str) -> str:
        """Why it was refused; empty where it was not."""
        try:
            answer = self._webserver.ask(TERMINATE, "terminateRun", {"id": run, "policy": policy})
        except DagwayError as error:
            return error.message
        return "" if answer["__typename"] == "TerminateRunSuccess" else answer.get("message", "refused")

    def _created(self, run: str, partition: str, number: int, of: int) -> RunCreated:
        found = self._webserver.ask(RUN, "runOrError", {"id": run})
        tags = {tag["key"]: tag["value"] for tag in found["tags"]}
        wanted: set[str] = set(found["stepKeysToExecute"] or ())
        plan = found["executionPlan"]["steps"] if found["executionPlan"] else ()
        steps = tuple(
            Step(step["key"], _needs(step, wanted)) for step in plan if not wanted or step["key"] in wanted
        )
        return RunCreated(
            run,
            found["jobName"],
            steps,
            partition or tags.get("dagster/partition", ""),
            number,
            of,
            time.time(),
            f"{self._webserver.url}/runs/{run}",
        )


class Silence:
    """How long a platform has not answered."""

    def __init__(self) -> None:
        self._since: float | None = None
        self.is_new = False

    def lasts(self) -> bool:
        """Notes that it did not answer; whether that has lasted too long."""
        now = time.monotonic()
        self.is_new = self._since is None
        self._since = now if self._since is None else self._since
        return now - self._since > PATIENCE


def _needs(step: Mapping[str, Any], wanted: set[str]) -> tuple[str, ...]:
    keys = (before["key"] for given in step["inputs"] for before in given["dependsOn"])
    return tuple(dict.fromkeys(key for key in keys if not wanted or key in wanted))


def _whole(part: Meant) -> dict[str, Any]:
    return {
        "repositoryLocationName": part.place[0],
        "repositoryName": part.place[1],
        "pipelineName": part.job,
    }


def _keys(part: Meant) -> list[dict[str, Any]] | None:
    return [{"path": list(key)} for key in part.assets] or None


def _launched(answer: Mapping[str, Any]) -> str:
    if answer["__typename"] == "LaunchRunSuccess":
        return str(answer["run"]["runId"])
    errors = [error["message"] for error in answer.get("errors", ())]
    text = "\n    ".join(errors) or answer.get("message") or answer["__typename"]
    raise DagwayError(f"This cannot be run: {text}", "Correct the configuration or the selection.")


def _event(run: str, event: Mapping[str, Any]) -> RunEvent:
    checked: Mapping[str, Any] = event.get("evaluation") or {}
    key: Any = checked.get("assetKey") or event.get("assetKey")
    return RunEvent(
        run_id=run,
        time=float(event["timestamp"]) / 1000,
        type=event["eventType"] or LOG,
        level=event["level"],
        message=event["message"],
        step=event["stepKey"] or "",
        asset="/".join(key["path"]) if key else "",
        partition=event.get("partition") or "",
        check=checked.get("checkName", ""),
        passed=checked.get("success", True),
        severity=checked.get("severity", ""),
        failure=_failure(event.get("error")),
    )


def _failure(error: Mapping[str, Any] | None) -> Failure | None:
    if error is None:
        return None
    chain = [error, *(link["error"] for link in error["errorChain"])]
    return failure_of([Raised(one["message"], tuple(one["stack"])) for one in chain])
