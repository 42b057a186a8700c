"""Dagway's executor does what Dagster's multiprocess executor does: the same project behind code servers of both."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from processes import is_alive
from runtime.deployment import STOCK, WARM, Deployment, deployed, until
from runtime.streams import most_at_once, streams, types

pytestmark = [pytest.mark.integration, pytest.mark.slow]
SIDES = (STOCK, WARM)
#: How events name the processes of a run and its steps.
PROCESS = re.compile(r"\(pid: (\d+)\)")
PROJECT = Path(__file__).parent / "projects" / "behaviours.py"


@dataclass(frozen=True)
class Behaviour:
    """A job, how it ends, and what its events must show on both sides: pairs of step and event type."""

    job: str
    shows: set[tuple[str, str]]
    status: str = "SUCCESS"
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    configuration: Mapping[str, Any] = field(default_factory=dict[str, Any])


RANGE = {
    "dagster/asset_partition_range_start": "2025-01-02",
    "dagster/asset_partition_range_end": "2025-01-04",
}
BEHAVIOURS = {
    "an op job, an optional output": Behaviour(
        "ops", {("skipped", "STEP_SKIPPED"), ("added", "STEP_SUCCESS")}
    ),
    "a step that asks for a retry": Behaviour("retries", {("retried_once", "STEP_RESTARTED")}),
    "a retry policy": Behaviour(
        "retry_policy",
        {("by_policy", "STEP_RESTARTED"), ("by_policy", "STEP_SUCCESS"), ("never", "STEP_FAILURE")},
        status="FAILURE",
    ),
    "dynamic outputs": Behaviour("dynamic", {("doubled[part_2]", "STEP_SUCCESS"), ("total", "STEP_SUCCESS")}),
    "hooks": Behaviour(
        "hooks", {("first", "HOOK_COMPLETED"), ("failing", "HOOK_COMPLETED")}, status="FAILURE"
    ),
    "a resource that cannot be had": Behaviour(
        "broken_resource", {("without_resource", "STEP_FAILURE")}, status="FAILURE"
    ),
    "a subset of a multi-asset": Behaviour("halves_job", {("below", "ASSET_MATERIALIZATION")}),
    "a partition": Behaviour(
        "daily_job", {("daily", "ASSET_MATERIALIZATION")}, tags={"dagster/partition": "2025-01-03"}
    ),
    "a range of partitions": Behaviour("ranged_job", {("ranged", "ASSET_MATERIALIZATION")}, tags=RANGE),
    "asset checks": Behaviour("checked_job", {("checked_warns", "ASSET_CHECK_EVALUATION")}),
    "a check that blocks": Behaviour(
        "blocked_job",
        {("suspicious_blocks", "ASSET_CHECK_EVALUATION"), ("suspicious_blocks", "STEP_FAILURE")},
        status="FAILURE",
    ),
    "variables of Dagster and of the deployment": Behaviour(
        "variables", {("names_variables", "STEP_SUCCESS")}
    ),
    "a limit for a tag": Behaviour("tag_limit", {("tagged_3", "STEP_SUCCESS")}),
    "configuration and run tags": Behaviour(
        "configuration",
        {("configured", "STEP_SUCCESS")},
        tags={"team": "data"},
        configuration={"ops": {"configured": {"config": {"name": "anna"}}}},
    ),
    "steps that are killed, crash and leave": Behaviour(
        "crashes",
        {
            ("killed", "STEP_FAILURE"),
            ("crashed", "STEP_FAILURE"),
            ("left", "STEP_FAILURE"),
            ("killed_once", "STEP_RESTARTED"),
            ("killed_once", "STEP_SUCCESS"),
            ("first", "STEP_SUCCESS"),
        },
        status="FAILURE",
    ),
}


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """One for all tests: they share nothing but its database."""
    with deployed(sys.executable, PROJECT, tmp_path_factory.mktemp("deployment")) as found:
        yield found


def on_both(deployment: Deployment, job: str, status: str = "SUCCESS", **launch: Any) -> dict[str, str]:
    """Runs of a job, by side, that have ended as expected."""
    runs = {side: deployment.launch(side, job, **launch) for side in SIDES}
    assert {side: deployment.end(run) for side, run in runs.items()} == dict.fromkeys(SIDES, status)
    return runs


def assert_same(deployment: Deployment, runs: Mapping[str, str]) -> list[dict[str, Any]]:
    """Both streams are the same; the events of ours."""
    events = {side: deployment.events(run) for side, run in runs.items()}
    assert streams(events[WARM]) == streams(events[STOCK])
    return events[WARM]


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_streams_are_the_same(deployment: Deployment, name: str) -> None:
    behaviour = BEHAVIOURS[name]
    runs = on_both(
        deployment,
        behaviour.job,
        behaviour.status,
        tags=behaviour.tags,
        configuration=behaviour.configuration,
    )
    events = assert_same(deployment, runs)
    assert behaviour.shows <= types(events), name


def test_only_our_steps_find_the_definitions_loaded(deployment: Deployment) -> None:
    """Else the comparison would be one of stock with stock."""
    runs = on_both(deployment, "whose")
    loaded = {side: (deployment.scratch / run / "whose").read_text() for side, run in runs.items()}
    assert loaded == {STOCK: "loaded here", WARM: "loaded before"}


def test_reexecution_from_failure_does_only_what_is_missing(deployment: Deployment) -> None:
    first = on_both(deployment, "reexecution", "FAILURE")
    assert_same(deployment, first)
    second = {side: deployment.again_from_failure(run) for side, run in first.items()}
    assert {side: deployment.end(run) for side, run in second.items()} == dict.fromkeys(SIDES, "SUCCESS")
    seen = types(assert_same(deployment, second))
    assert ("last", "STEP_SUCCESS") in seen
    assert ("first", "STEP_START") not in seen


def test_resources_are_torn_down(deployment: Deployment) -> None:
    """Once in each step's process, also where the step fails."""
    runs = on_both(deployment, "tear_down", "FAILURE")
    assert_same(deployment, runs)
    down = {side: (deployment.scratch / f"torn_down_{run}").read_text() for side, run in runs.items()}
    assert down == dict.fromkeys(SIDES, "down\ndown\n")


@pytest.mark.parametrize(("job", "limit"), [("four_at_a_time", 4), ("tag_limit", 1), ("pool", 1)])
def test_limits_are_kept(deployment: Deployment, job: str, limit: int) -> None:
    run = deployment.launch(WARM, job)
    assert deployment.end(run) == "SUCCESS"
    assert most_at_once(deployment.events(run)) <= limit


def test_steps_that_wait_for_a_pool_say_the_same(deployment: Deployment) -> None:
    """Which of them wait, and how often they ask, is chance; what they say is not."""
    said: dict[str, set[str]] = {}
    for side in SIDES:
        # One run after the other: none waits for the other's slots.
        run = deployment.launch(side, "pool")
        assert deployment.end(run) == "SUCCESS"
        lines = [line for stream in streams(deployment.events(run)).values() for line in stream]
        said[side] = {re.sub(r"pooled_\d", "pooled", line) for line in lines}
    assert said[WARM] == said[STOCK]
    assert any("blocked" in line for line in said[WARM])


def test_a_pool_is_shared_by_runs_and_its_slots_are_given_back(deployment: Deployment) -> None:
    runs = [deployment.launch(side, "pool") for side in (WARM, STOCK, WARM)]
    assert [deployment.end(run) for run in runs] == ["SUCCESS"] * 3
    assert most_at_once(event for run in runs for event in deployment.events(run)) == 1


@pytest.mark.parametrize("job", ["cancelled", "cancelled_at_start"])
def test_cancellation_within_a_step(deployment: Deployment, job: str) -> None:
    """While it works, and while its resources are made."""
    runs = {side: deployment.launch(side, job) for side in SIDES}
    for run in runs.values():
        until(lambda run=run: (deployment.scratch / run / "there").exists() or None, f"{job} in {run}")
    for run in runs.values():
        deployment.terminate(run)
    assert {side: deployment.end(run) for side, run in runs.items()} == dict.fromkeys(SIDES, "CANCELED")
    assert_same(deployment, runs)


@pytest.mark.parametrize("policy", ["SAFE_TERMINATE", "MARK_AS_CANCELED_IMMEDIATELY"])
def test_cancellation_while_the_run_starts(deployment: Deployment, policy: str) -> None:
    """At once after the launch: where the run is then is chance, but it ends, as cancelled, and so does its process."""
    runs = [deployment.launch(WARM, "cancelled") for _ in range(4)]
    for run in runs:
        deployment.terminate(run, policy)
    for run in runs:
        assert deployment.end(run) == "CANCELED"
        pids = [
            found for event in deployment.events(run) if (found := PROCESS.search(event.get("message") or ""))
        ]
        until(lambda pids=pids: not any(is_alive(int(pid[1])) for pid in pids) or None, f"the end of {pids}")


def test_what_a_step_says_is_captured(deployment: Deployment) -> None:
    """Also what a program says that it starts; and nothing of its neighbour."""
    runs = on_both(deployment, "spoken")
    assert_same(deployment, runs)
    captured = {side: deployment.captured(run) for side, run in runs.items()}
    assert set(captured[WARM]) == {"anna", "otto"}
    for name, (out, err) in captured[WARM].items():
        assert sorted(out.splitlines()) == sorted([f"said by {name}", f"child of {name}"])
        assert f"complained by {name}" in err
        assert sorted(captured[STOCK][name][0].splitlines()) == sorted(out.splitlines())


def test_run_tags(deployment: Deployment) -> None:
    """Those of the job and of the launch; what Dagster itself adds is the same."""
    runs = on_both(deployment, "ops", tags={"who": "anna"})
    tags = {side: deployment.tags(run) for side, run in runs.items()}
    assert tags[WARM].items() >= {"team": "platform", "who": "anna"}.items()
    assert set(tags[WARM]) == set(tags[STOCK])
