"""How often assets are materialized, from what the plan says and the schedules that were loaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from dagway.prototype.model import Automation, Plan, PlannedAsset, PlannedSensor, slash
from dagway.prototype.prove import rhythm
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
            "it follows its data; daily",
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


class Counted(tuple[PlannedAsset, ...]):
    """Planned assets that say how often one looked through all of them."""

    looks = 0

    def __iter__(self) -> Iterator[PlannedAsset]:
        self.looks += 1
        return super().__iter__()


@pytest.mark.parametrize("asked", [slice(None), slice(-1, None), slice(None, None, -1)])
def test_a_long_chain_is_followed_without_recursion_and_its_clocks_are_read_once(
    asked: slice, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Sequence[Clock]] = []

    def counting(clocks: Sequence[Clock], now: datetime) -> float:
        read.append(clocks)
        return longest_gap(clocks, now)

    monkeypatch.setattr(rhythm, "longest_gap", counting)
    follows = [asset(f"a/{n}", f"a/{n - 1}", condition="eager") for n in range(1, 1000)]
    chain = Counted([asset("a/0", condition="on_cron('*/15 * * * 1-5')"), *follows])
    clock = Clock("office", ("*/15 * * * 1-5",), "UTC", frozenset(slash(one.key) for one in chain), 1.0)
    chain.looks = 0
    rhythms = Rhythms(plan_of(assets=chain), [clock], {}, NOW)
    found = [rhythms.of(key) for key in [one.key for one in follows][asked]]
    assert {one.gap for one in found} == {48 * HOUR + HOUR / 4}
    assert len(read) == 1
    assert chain.looks <= 3


def test_a_long_chain_of_sensors_is_followed_without_recursion() -> None:
    chain = [asset(f"a/{n}") for n in range(1000)]
    sensors = [sensor("asset", f"a/{n}", f"a/{n + 1}") for n in range(999)]
    daily = replace(DAILY, targets=frozenset({"a/0"}))
    plan = plan_of(assets=tuple(chain), sensors=tuple(sensors))
    assert Rhythms(plan, [daily], {}, NOW).of(("a", "999")).gap == DAY


@pytest.mark.parametrize("order", [("shop/orders", "a/b"), ("a/b", "shop/orders")])
def test_a_sensor_that_closes_a_circle_takes_nothing_from_the_others(order: tuple[str, str]) -> None:
    follower = asset("a/b", "shop/orders", condition="eager")
    plan = plan_of(assets=(ORDERS, follower), sensors=(sensor("asset", "a/b", "shop/orders", "a/b"),))
    rhythms = Rhythms(plan, [DAILY], {}, NOW)
    found = {key: rhythms.of(tuple(key.split("/"))) for key in order}
    assert {key: one.gap for key, one in found.items()} == {"shop/orders": DAY, "a/b": DAY}


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("eager", "it follows its data; daily runs it at least every 24 h"),
        ("on_cron('0 * * * *')", "its condition waits for its data; daily runs it at least every 24 h"),
    ],
)
def test_what_waits_for_its_data_through_many_says_it_once(condition: str, said: str) -> None:
    follows = [
        asset(f"a/{n}", f"a/{n - 1}" if n else "shop/orders", condition=condition) for n in range(1000)
    ]
    plan = plan_of(assets=(ORDERS, *follows))
    assert Rhythms(plan, [DAILY], {}, NOW).of(("a", "999")).said == said
