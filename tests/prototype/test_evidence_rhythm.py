"""How often assets are materialized, from what the plan says and the schedules that were loaded."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from dagway.prototype.model import Automation, Plan, PlannedAsset, PlannedSensor
from dagway.prototype.prove.rhythm import Clock, Rhythms, longest_gap
from tests.prototype.test_evidence_verdict import plan_of, planned

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
HOUR = 3600.0
DAY = 24 * HOUR
DAILY = Clock("daily", ("0 5 * * *",), "UTC", frozenset({"shop/orders"}), seconds=4.0)


@pytest.mark.parametrize(
    ("crons", "timezone", "hours"),
    [
        (("0 5 * * *",), "UTC", 24),
        # The night in which the clock goes back has one hour more.
        (("0 5 * * *",), "Europe/Berlin", 25),
        (("0 * * * *",), "UTC", 1),
        (("0 5,17 * * *",), "UTC", 12),
        (("0 5 * * 1-5",), "UTC", 72),
        (("0 5 1 * *",), "UTC", 31 * 24),
        # Of three years, one is a leap year.
        (("0 5 1 1 *",), "UTC", 366 * 24),
        # Every minute of some days: more ticks than are looked at one by one.
        (("* * * * 1-5",), "UTC", 48 + 1 / 60),
        (("*/5 * * 1 *",), "UTC", (365 - 31) * 24 + 1 / 12),
        (("0 5 * * *", "0 17 * * *"), "UTC", 12),
    ],
)
def test_the_longest_gap_of_a_cron(crons: tuple[str, ...], timezone: str, hours: float) -> None:
    assert longest_gap([Clock("x", crons, timezone)], NOW) == pytest.approx(hours * HOUR)


def test_two_schedules_share_the_work() -> None:
    clocks = [Clock("a", ("0 5 * * *",), "UTC"), Clock("b", ("0 17 * * *",), "UTC")]
    assert longest_gap(clocks, NOW) == 12 * HOUR


def asset(key: str, *deps: str, condition: str = "") -> PlannedAsset:
    automation = Automation("condition" if condition else "none", condition, "")
    return planned(key, deps=tuple(tuple(dep.split("/")) for dep in deps), automation=automation)


def sensor(kind: Any, what: str, *targets: str) -> PlannedSensor:
    keys = tuple(tuple(target.split("/")) for target in targets)
    return PlannedSensor("polled", kind, what, "*", 30, "", "", keys)


ORDERS = asset("shop/orders")


@pytest.mark.parametrize(
    ("assets", "sensors", "kind", "gap", "said"),
    [
        ([asset("a/b", "shop/orders")], [], "never", 0, "nothing runs it by itself"),
        (
            [asset("a/b", "shop/orders", condition="eager")],
            [],
            "timed",
            DAY,
            "daily runs it at least every 24 h",
        ),
        ([asset("a/b", "a/c", condition="eager"), asset("a/c")], [], "never", 0, "nothing that it follows"),
        (
            [asset("a/b", "a/c", condition="eager"), asset("a/c", "shop/orders", condition="eager")],
            [],
            "timed",
            DAY,
            "it follows its data; it follows its data; daily",
        ),
        (
            [asset("a/b", "shop/orders", condition="on_cron('0 * * * *')")],
            [],
            "timed",
            DAY,
            "waits for its data",
        ),
        (
            [asset("a/b", "shop/orders", condition="on_cron('0 5 * * 1')")],
            [],
            "timed",
            7 * DAY,
            "its condition",
        ),
        ([asset("a/b", condition="on_missing")], [], "open", 0, "its condition, on_missing, holds"),
        ([asset("a/b")], [sensor("watch", "inbox/*", "a/b")], "open", 0, "how often polled has"),
        ([asset("a/b")], [sensor("asset", "shop/orders", "a/b")], "timed", DAY, "polled follows shop/orders"),
        ([asset("a/b")], [sensor("asset", "a/b", "a/b")], "never", 0, ""),
    ],
)
def test_an_asset_has_the_rhythm_of_what_runs_it(
    assets: list[PlannedAsset], sensors: list[PlannedSensor], kind: str, gap: float, said: str
) -> None:
    plan: Plan = plan_of(assets=(ORDERS, *assets), sensors=tuple(sensors))
    found = Rhythms(plan, [DAILY], {"a/b": 2.0}, NOW).of(("a", "b"))
    assert (found.kind, found.gap) == (kind, gap)
    assert said in found.said


def test_a_run_takes_its_time_too() -> None:
    follower = asset("a/b", "shop/orders", condition="eager")
    rhythms = Rhythms(plan_of(assets=(ORDERS, follower)), [DAILY], {"a/b": 2.0}, NOW)
    assert rhythms.of(("shop", "orders")).run == 4.0
    assert rhythms.of(("a", "b")).run == 6.0
