"""The verdict on a requirement, from plan and facts alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dagway.project.model import Project
from dagway.prototype.model import (
    Automation,
    Plan,
    PlannedAlert,
    PlannedAsset,
    PlannedCheck,
    PlannedSchedule,
    Requirement,
)
from dagway.prototype.prove.model import (
    AlertEvidence,
    AssetEvidence,
    CheckEvidence,
    ExportEvidence,
    Facts,
    RequirementEvidence,
    ScheduleEvidence,
    SensorEvidence,
)
from dagway.prototype.prove.verdict import is_ready, verdicts

PROJECT = Project("shop", Path("/shop"))


def planned(key: str, **more: Any) -> PlannedAsset:
    values: dict[str, Any] = {
        "key": tuple(key.split("/")),
        "role": "sql",
        "how": "component",
        "component": "dagway.components.SqlModel",
        "reason": "it is SQL",
        "integration": "duckdb",
        "alternatives": (),
        "naming": "",
        "description": "",
        "group": "shop",
        "owners": (),
        "tags": {},
        "kinds": (),
        "automation": Automation("none", "", ""),
    }
    return PlannedAsset(**{**values, **more})


def plan_of(*lines: str, **parts: Any) -> Plan:
    values: dict[str, Any] = {
        "assets": (),
        "schedules": (),
        "sensors": (),
        "alerts": (),
        "variables": (),
        "requirements": (Requirement("R1", "It holds.", lines),),
    }
    return Plan("shop", "", "UTC", "duckdb", "duckdb", **{**values, **parts})


def verdict(plan: Plan, facts: Facts) -> RequirementEvidence:
    (found,) = verdicts(plan, facts)
    return found


def test_a_check_that_did_not_run_leaves_the_requirement_unmet() -> None:
    asset = planned("a/b", checks=(PlannedCheck("unique_id", "unique", "id", "error", False, ""),))
    found = verdict(
        plan_of("assets/a/b", assets=(asset,)), Facts(PROJECT, (AssetEvidence("a/b", materialized=True),))
    )
    assert not found.met
    assert "did not run" in found.evidence[-1].summary


@pytest.mark.parametrize(("severity", "met"), [("warn", True), ("error", False)])
def test_only_a_failed_error_breaks(severity: Any, met: bool) -> None:
    asset = planned("a/b", checks=(PlannedCheck("unique_id", "unique", "id", severity, False, ""),))
    seen = AssetEvidence("a/b", materialized=True, checks=(CheckEvidence("unique_id", False, severity, 2),))
    found = verdict(plan_of("assets/a/b", assets=(asset,)), Facts(PROJECT, (seen,)))
    assert found.met is met
    assert [item.passed for item in found.evidence] == [True, False]


def test_a_line_that_cannot_be_built_is_unmet_though_another_holds() -> None:
    built, other = (
        planned("a/b"),
        planned("a/c", buildable=False, reason="no component for it", meets=("R1",)),
    )
    found = verdict(
        plan_of("assets/a/b", assets=(built, other)),
        Facts(PROJECT, (AssetEvidence("a/b", materialized=True),)),
    )
    assert not found.met
    assert "no component for it" in found.evidence[-1].summary


def test_a_skeleton_is_never_done() -> None:
    asset = planned("a/b", scaffolded=True)
    seen = AssetEvidence("a/b", error="NotImplementedError: write it")
    found = verdict(plan_of("assets/a/b", assets=(asset,)), Facts(PROJECT, (seen,)))
    assert not found.met
    assert "skeleton" in found.evidence[0].summary


def test_a_source_counts_with_all_its_tables() -> None:
    assets = (planned("shop/orders", role="source"), planned("shop/customers", role="source"))
    one = Facts(PROJECT, (AssetEvidence("shop/orders", materialized=True, rows=3),))
    assert not verdict(plan_of("sources/shop", assets=assets), one).met
    both = replace(one, assets=(*one.assets, AssetEvidence("shop/customers", materialized=True, rows=2)))
    assert verdict(plan_of("sources/shop", assets=assets), both).met


@pytest.mark.parametrize(
    ("rows", "upstream", "error", "met"),
    [(3, 3, None, True), (2, 3, None, False), (3, None, None, False), (None, 3, "NotFound", False)],
)
def test_an_export_holds_when_as_many_rows_are_read_back(
    rows: int | None, upstream: int | None, error: str | None, met: bool
) -> None:
    asset = planned("exports/x", role="export", deps=(("a", "b"),))
    seen = AssetEvidence("exports/x", materialized=True)
    export = ExportEvidence("exports/x", "s3://b/x.parquet", rows, upstream, 0.1, error)
    assert (
        verdict(plan_of("exports/x", assets=(asset,)), Facts(PROJECT, (seen,), exports=(export,))).met is met
    )


def test_an_export_that_was_not_read_back_is_unmet() -> None:
    asset = planned("exports/x", role="export", deps=(("a", "b"),))
    facts = Facts(PROJECT, (AssetEvidence("exports/x", materialized=True),))
    assert not verdict(plan_of("exports/x", assets=(asset,)), facts).met


@pytest.mark.parametrize(("seconds", "met"), [(30.0, True), (3601.0, False)])
def test_a_schedule_has_to_make_its_time(seconds: float, met: bool) -> None:
    schedule = PlannedSchedule("daily", "0 5 * * *", "UTC", "*", "06:00", "", "", (("a", "b"),))
    seen = ScheduleEvidence(
        "daily_job_schedule", "0 5 * * *", "UTC", "2026-01-02T05:00:00+00:00", ("a/b",), seconds
    )
    facts = Facts(PROJECT, (AssetEvidence("a/b", materialized=True),), schedules=(seen,))
    assert verdict(plan_of("schedules/daily", schedules=(schedule,)), facts).met is met


def test_ready_by_is_a_time_of_the_ticks_own_day() -> None:
    tick = datetime(2026, 3, 28, 5, tzinfo=ZoneInfo("Europe/Paris"))
    assert is_ready(tick, tick + timedelta(minutes=60), "06:00")
    assert not is_ready(tick, tick + timedelta(minutes=61), "06:00")
    assert not is_ready(tick.replace(hour=23), tick.replace(hour=23), "06:00")


def test_an_alert_to_two_places_has_to_arrive_at_both() -> None:
    alert = PlannedAlert("on_call", "run_failure", "#x", "https://example.com", None, "", "")
    slack = AlertEvidence("on_call", True, "arrived", "#x", "Run failed")
    plan = plan_of("alerts/on_call", alerts=(alert,))
    assert not verdict(plan, Facts(PROJECT, alerts=(slack,))).met
    webhook = AlertEvidence("on_call_webhook", True, "arrived")
    assert verdict(plan, Facts(PROJECT, alerts=(slack, webhook))).met


@pytest.mark.parametrize(
    ("fresh", "age", "said"),
    [
        (True, 4.0, "a/b is fresh, within 36 h: materialized 4 s ago"),
        (False, 144_000.0, "a/b is stale, not within 36 h: materialized 40 h ago"),
        (False, None, "a/b is stale, not within 36 h: never materialized"),
    ],
)
def test_freshness_says_the_age_and_the_policy(fresh: bool, age: float | None, said: str) -> None:
    seen = AssetEvidence("a/b", materialized=True, freshness="within 36 h", fresh=fresh, age=age)
    found = verdict(
        plan_of("assets/a/b", assets=(planned("a/b", freshness="36h"),)), Facts(PROJECT, assets=(seen,))
    )
    assert found.met is fresh
    assert found.evidence[-1].summary == said


@pytest.mark.parametrize(
    ("asked", "met", "said"),
    [
        ({"a/b": 0}, True, "asks for nothing more"),
        ({"a/b": 2}, True, "asks for 2 runs"),
        ({}, False, "was not evaluated: conditions: its evaluation fails"),
    ],
)
def test_a_condition_counts_once_it_was_evaluated(asked: dict[str, int], met: bool, said: str) -> None:
    seen = AssetEvidence("a/b", materialized=True, automation="eager")
    summary = "its evaluation fails: ValueError: no such calendar"
    sensor = SensorEvidence("conditions", "AUTOMATION", bool(asked), summary, ("a/b",), asked)
    asset = planned("a/b", automation=Automation("condition", "eager", "it follows its data"))
    found = verdict(plan_of("assets/a/b", assets=(asset,)), Facts(PROJECT, assets=(seen,), sensors=(sensor,)))
    assert found.met is met
    assert said in found.evidence[-1].summary


def test_a_line_of_an_unknown_kind_is_unmet() -> None:
    assert not verdict(plan_of("dashboards/x"), Facts(PROJECT)).met
