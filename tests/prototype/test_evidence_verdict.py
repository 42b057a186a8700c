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
from dagway.prototype.prove.deadlines import is_ready
from dagway.prototype.prove.model import (
    AlertEvidence,
    AssetEvidence,
    CheckEvidence,
    ExportEvidence,
    Facts,
    RequirementEvidence,
    Rhythm,
    ScheduleEvidence,
    SensorEvidence,
    TickEvidence,
)
from dagway.prototype.prove.verdict import verdicts

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


def schedule_seen(seconds: float = 1.0, timezone: str = "UTC", **more: Any) -> ScheduleEvidence:
    days = ("2026-01-02T05:00:00+00:00", "2026-01-03T05:00:00+00:00")
    values: dict[str, Any] = {"ticks": tuple(TickEvidence(day, 1) for day in days), **more}
    return ScheduleEvidence("daily_job_schedule", "0 5 * * *", timezone, days[0], ("a/b",), seconds, **values)


def schedule_verdict(seen: ScheduleEvidence) -> RequirementEvidence:
    schedule = PlannedSchedule("daily", "0 5 * * *", "UTC", "*", "06:00", "", "", (("a", "b"),))
    facts = Facts(PROJECT, (AssetEvidence("a/b", materialized=True),), schedules=(seen,))
    return verdict(plan_of("schedules/daily", schedules=(schedule,)), facts)


@pytest.mark.parametrize(("seconds", "met"), [(30.0, True), (3601.0, False)])
def test_a_schedule_has_to_make_its_time(seconds: float, met: bool) -> None:
    assert schedule_verdict(schedule_seen(seconds)).met is met


def test_a_schedule_shows_two_ticks_and_what_they_ask_for() -> None:
    [item] = schedule_verdict(schedule_seen()).evidence
    assert item.summary == (
        "daily: the ticks of 2026-01-02 05:00 and 2026-01-03 05:00 UTC ask for a run each; the run of 1 asset took 1.0 s,"
        " ready by 06:00"
    )
    assert [tick["at"][:10] for tick in item.details["ticks"]] == ["2026-01-02", "2026-01-03"]


def test_a_schedule_shows_the_parts_that_its_ticks_fill() -> None:
    days = ("2026-01-01", "2026-01-02")
    ticks = tuple(TickEvidence(f"{day}T05:00:00+00:00", 1, (day,)) for day in days)
    [item] = schedule_verdict(schedule_seen(ticks=ticks)).evidence
    assert "ask for the parts 2026-01-01 and 2026-01-02;" in item.summary


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (schedule_seen(ticks=(TickEvidence("2026-01-02T05:00:00+00:00", 1),)), "none after it"),
        (schedule_seen(timezone="Europe/Berlin"), "the clock of Europe/Berlin, not of UTC"),
        (schedule_seen(error="its second tick asks for no run: nothing due"), "nothing due"),
    ],
)
def test_a_schedule_is_not_proven_by_less(seen: ScheduleEvidence, said: str) -> None:
    found = schedule_verdict(seen)
    assert not found.met
    assert said in found.evidence[0].summary


@pytest.mark.parametrize(
    ("minutes", "ready_by", "ready"), [(60, "06:00", True), (61, "06:00", False), (0, "04:59", False)]
)
def test_ready_by_is_a_time_of_the_ticks_own_day(minutes: int, ready_by: str, ready: bool) -> None:
    tick = datetime(2026, 3, 28, 5, tzinfo=ZoneInfo("Europe/Paris"))
    assert is_ready(tick, timedelta(minutes=minutes), ready_by) is ready


@pytest.mark.parametrize(
    ("day", "minutes", "ready"),
    [
        ((2026, 3, 28), 120, True),
        # From 02:00 to 03:00 the clock shows nothing: from 01:00 to 03:00 is one hour.
        ((2026, 3, 29), 61, False),
        # And from 02:00 to 03:00 everything twice: three hours.
        ((2026, 10, 25), 180, True),
        ((2026, 10, 25), 181, False),
    ],
)
def test_ready_by_follows_a_clock_that_changes(day: tuple[int, int, int], minutes: int, ready: bool) -> None:
    tick = datetime(*day, 1, tzinfo=ZoneInfo("Europe/Paris"))
    assert is_ready(tick, timedelta(minutes=minutes), "03:00") is ready


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
    seen = replace(FRESH, fresh=fresh, age=age)
    found = freshness_verdict(seen)
    assert found.met is fresh
    assert found.evidence[-2].summary == said


DAY = 86_400.0
FRESH = AssetEvidence(
    "a/b",
    materialized=True,
    freshness="within 36 h",
    fresh=True,
    age=4.0,
    oldest=1.5 * DAY,
    rhythm=Rhythm("timed", "daily runs it at least every 24 h", DAY, 60.0),
)


def freshness_verdict(seen: AssetEvidence) -> RequirementEvidence:
    asset = planned("a/b", freshness="36h")
    return verdict(plan_of("assets/a/b", assets=(asset,)), Facts(PROJECT, assets=(seen,)))


@pytest.mark.parametrize(
    ("seen", "met", "said"),
    [
        (FRESH, True, "a/b stays fresh: daily runs it at least every 24 h"),
        (
            replace(FRESH, oldest=3600.0),
            False,
            "will not stay fresh: daily runs it at least every 24 h; it may be 60 min old",
        ),
        (replace(FRESH, oldest=DAY), False, "every 24 h and a run took 60.0 s; it may be 24 h old"),
        (
            replace(FRESH, rhythm=Rhythm("never", "nothing runs it by itself")),
            False,
            "a/b will not stay fresh: nothing runs",
        ),
        (
            replace(FRESH, rhythm=Rhythm("open", "files come")),
            True,
            "whether a/b stays fresh was not seen: files come",
        ),
        (replace(FRESH, oldest=None), False, "its policy is no window of time"),
        (replace(FRESH, rhythm=None), False, "what runs it was not looked at"),
    ],
)
def test_freshness_needs_something_that_runs_often_enough(seen: AssetEvidence, met: bool, said: str) -> None:
    found = freshness_verdict(seen)
    assert found.met is met
    assert said in found.evidence[-1].summary


@pytest.mark.parametrize(
    ("seen", "met"),
    [
        (
            SensorEvidence("inbox", "STANDARD", True, "once a file came, its tick asks for 1 run", runs=1),
            True,
        ),
        (SensorEvidence("inbox", "STANDARD", True, "its tick waits: nothing is new"), False),
        (SensorEvidence("inbox", "STANDARD", False, "its tick fails: ValueError: x"), False),
        (SensorEvidence("other", "STANDARD", True, "its tick asks for 1 run", runs=1), False),
    ],
)
def test_a_sensor_counts_once_it_asked_for_a_run(seen: SensorEvidence, met: bool) -> None:
    found = verdict(plan_of("sensors/inbox"), Facts(PROJECT, sensors=(seen,)))
    assert found.met is met
    assert (seen.summary if seen.name == "inbox" else "has no sensor inbox") in found.evidence[0].summary


@pytest.mark.parametrize(
    ("asked", "asks", "met", "said"),
    [
        (
            {"a/b": 0},
            {"a/b": "once its upstream was updated"},
            True,
            "eager: once its upstream was updated, its condition",
        ),
        ({"a/b": 2}, {}, False, "asked for no run: neither after its upstream was updated"),
        ({}, {}, False, "was not evaluated: conditions: its evaluation fails"),
    ],
)
def test_a_condition_counts_once_it_asked_for_a_run(
    asked: dict[str, int], asks: dict[str, str], met: bool, said: str
) -> None:
    seen = AssetEvidence("a/b", materialized=True, automation="eager")
    summary = "its evaluation fails: ValueError: no such calendar"
    sensor = SensorEvidence("conditions", "AUTOMATION", bool(asked), summary, ("a/b",), asked, asks)
    asset = planned("a/b", automation=Automation("condition", "eager", "it follows its data"))
    found = verdict(plan_of("assets/a/b", assets=(asset,)), Facts(PROJECT, assets=(seen,), sensors=(sensor,)))
    assert found.met is met
    assert said in found.evidence[-1].summary


@pytest.mark.parametrize(("kind", "warned"), [("none", True), ("schedule", False)])
def test_an_export_that_nothing_runs_is_a_warning(kind: Any, warned: bool) -> None:
    asset = planned("exports/x", role="export", automation=Automation(kind, "", "nothing runs it by itself"))
    facts = Facts(
        PROJECT,
        (AssetEvidence("exports/x", materialized=True),),
        exports=(ExportEvidence("exports/x", "s3://b/x.csv", 3, 3, 0.1),),
    )
    found = verdict(plan_of("exports/x", assets=(asset,)), facts)
    assert found.met
    assert [item.summary for item in found.evidence if not item.passed] == (
        ["exports/x was run for this proof; nothing runs it by itself"] if warned else []
    )


@pytest.mark.parametrize(
    ("description", "said"),
    [
        ("77 rows break it.", "x failed (a warning): 77 rows break it"),
        ("too cold", "x failed (a warning): too cold (77 rows)"),
        (None, "x failed (a warning): 77 rows fail"),
    ],
)
def test_a_failed_check_says_its_rows_once(description: str | None, said: str) -> None:
    check = PlannedCheck("x", "sql", "select 1", "warn", blocking=False, description="")
    seen = CheckEvidence("x", False, "warn", 77, description)
    facts = Facts(PROJECT, (AssetEvidence("a/b", materialized=True, checks=(seen,)),))
    found = verdict(plan_of("assets/a/b", assets=(planned("a/b", checks=(check,)),)), facts)
    assert found.evidence[-1].summary == f"a/b: {said}"


@pytest.mark.parametrize(
    ("failed", "details", "said"),
    [
        (0, {"total_rows": 2448}, "x passed: 0 of 2,448 rows break it"),
        (0, {"total_rows": 0}, "x passed: 0 of 0 rows break it"),
        (0, {}, "x passed"),
        (None, {"total_rows": 3}, "x passed: 3 rows"),
    ],
)
def test_a_check_that_passed_says_what_it_counted(
    failed: int | None, details: dict[str, Any], said: str
) -> None:
    check = PlannedCheck("x", "unique", "id", "error", blocking=False, description="")
    seen = CheckEvidence("x", True, "error", failed, None, details)
    facts = Facts(PROJECT, (AssetEvidence("a/b", materialized=True, checks=(seen,)),))
    found = verdict(plan_of("assets/a/b", assets=(planned("a/b", checks=(check,)),)), facts)
    assert found.evidence[-1].summary == f"a/b: {said}"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("NotImplementedError: the check is not written yet", "holds is a skeleton still to be written"),
        ("KeyError: 'day'", "python failed: KeyError: 'day'"),
    ],
)
def test_a_check_that_raises_says_why(error: str, said: str) -> None:
    check = PlannedCheck("python", "python", "t.py:holds", "warn", blocking=False, description="")
    seen = CheckEvidence("python", False, "error", description=error)
    facts = Facts(PROJECT, (AssetEvidence("a/b", materialized=True, checks=(seen,)),))
    found = verdict(plan_of("assets/a/b", assets=(planned("a/b", checks=(check,)),)), facts)
    assert not found.met
    assert found.evidence[-1].summary == f"a/b: {said}"


def test_a_line_of_an_unknown_kind_is_unmet() -> None:
    assert not verdict(plan_of("dashboards/x"), Facts(PROJECT)).met
