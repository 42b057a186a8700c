"""Automation conditions are evaluated: what they ask for is evidence, and one that fails is none."""

# Dagster leaves parts of its types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from dagway.prototype.prove.conditions import definitions_of, evaluate
from dagway.prototype.prove.model import SensorEvidence
from dagway.prototype.prove.updates import IN_TIME, MISSING, UPDATED, UPDATED_IN_TIME, Trial, copy_of

pytestmark = pytest.mark.integration


class Broken(dg.AutomationCondition[dg.AssetKey]):
    """A condition whose own code fails."""

    def evaluate(self, context: Any) -> Any:
        raise ValueError("no such calendar")


def answer(condition: Any, runs: Sequence[str]) -> SensorEvidence:
    """What a condition on the asset `orders` asks for, after runs of those assets."""

    @dg.asset
    def shop() -> None: ...

    @dg.asset(deps=[shop], automation_condition=condition)
    def orders() -> None: ...

    @dg.asset(check_specs=[dg.AssetCheckSpec("positive", asset="prices")])
    def prices():
        return dg.MaterializeResult[Any](check_results=[dg.AssetCheckResult(passed=True)])

    @dg.multi_asset_check(
        specs=[dg.AssetCheckSpec("recent", asset="prices"), dg.AssetCheckSpec("known", asset="prices")]
    )
    def checked(): ...

    sensor = dg.AutomationConditionSensorDefinition("conditions", target=dg.AssetSelection.all())
    repository = dg.Definitions(
        assets=[shop, orders, prices], asset_checks=[checked], sensors=[sensor]
    ).get_repository_def()
    by_name = {"shop": shop, "orders": orders}
    with dg.DagsterInstance.ephemeral() as instance:
        for name in runs:
            dg.materialize([shop, orders], selection=[by_name[name]], instance=instance)
        return evaluate(sensor, ("orders",), definitions_of(repository), instance, datetime.now(UTC))


def test_after_the_runs_there_is_nothing_to_do() -> None:
    found = answer(dg.AutomationCondition.on_missing(), ["shop", "orders"])
    assert (found.evaluated, found.asked) == (True, {"orders": 0})
    assert "evaluated 1 condition: after the runs nothing more is asked for; " in found.summary


def far_off(timezone: str) -> str:
    """A cron of each day whose tick is half a day away: in the minute of a tick, its time would have come already."""
    return f"0 {(datetime.now(ZoneInfo(timezone)).hour + 12) % 24} * * *"


CONDITIONS: list[tuple[Any, str]] = [
    (dg.AutomationCondition.eager(), UPDATED),
    (dg.AutomationCondition.on_cron(far_off("Europe/Berlin"), "Europe/Berlin"), UPDATED_IN_TIME),
    (dg.AutomationCondition.on_cron("0 5 1 1 *"), UPDATED_IN_TIME),
    (dg.AutomationCondition.on_missing(), MISSING),
    (dg.AutomationCondition.cron_tick_passed(far_off("UTC")), IN_TIME),
]


@pytest.mark.parametrize(("condition", "asks"), CONDITIONS)
def test_a_condition_asks_for_its_asset_once_something_changed(condition: Any, asks: str) -> None:
    found = answer(condition, ["shop", "orders"])
    assert (found.asked, found.asks) == ({"orders": 0}, {"orders": asks})
    assert f"{asks}, for orders" in found.summary


def test_a_condition_that_nothing_fulfils_asks_for_nothing() -> None:
    found = answer(dg.AutomationCondition.eager() & ~dg.AutomationCondition.eager(), ["shop", "orders"])
    assert (found.evaluated, found.asks) == (True, {})
    assert "never for orders" in found.summary


def test_a_condition_that_holds_asks_for_its_asset() -> None:
    found = answer(dg.AutomationCondition.missing(), ["shop"])
    assert (found.evaluated, found.asked) == (True, {"orders": 1})
    assert "after the runs more is asked for orders" in found.summary


def test_a_condition_that_fails_proves_nothing() -> None:
    found = answer(Broken(), ["shop"])
    assert (found.evaluated, found.asked) == (False, {})
    assert "no such calendar" in found.summary


def test_what_follows_from_what_follows_asks_too() -> None:
    """Also over partitions: a day that arrives makes its day, and its month once every day of it is there."""
    days, months = (
        dg.DailyPartitionsDefinition("2024-01-01"),
        dg.MonthlyPartitionsDefinition("2024-01-01"),
    )

    @dg.asset(partitions_def=days)
    def shop() -> None: ...

    @dg.asset(partitions_def=days, deps=[shop], automation_condition=dg.AutomationCondition.eager())
    def orders() -> None: ...

    @dg.asset(partitions_def=months, deps=[orders], automation_condition=dg.AutomationCondition.eager())
    def sums() -> None: ...

    now = datetime(2024, 3, 15, 12, tzinfo=UTC)
    with dg.DagsterInstance.ephemeral() as instance:
        for asset, parts in ((shop, days), (orders, days), (sums, months)):
            for key in parts.get_partition_keys(current_time=now):
                instance.report_runless_asset_event(dg.AssetMaterialization(asset.key, partition=key))
        trial = Trial(dg.Definitions([shop, orders, sums]), dg.AssetSelection.all(), instance, now)
        assert trial.asks() == {orders.key: UPDATED, sums.key: UPDATED}


def test_nothing_that_is_tried_happens_in_the_home_itself(tmp_path: Path) -> None:
    @dg.asset
    def shop() -> None: ...

    @dg.asset(deps=[shop], automation_condition=dg.AutomationCondition.eager())
    def orders() -> None: ...

    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        dg.materialize([shop, orders], instance=instance)
        before = [instance.get_latest_materialization_event(asset.key) for asset in (shop, orders)]
        with copy_of(tmp_path) as copied:
            trial = Trial(dg.Definitions([shop, orders]), dg.AssetSelection.all(), copied, datetime.now(UTC))
            assert trial.asks() == {orders.key: UPDATED}
        assert [instance.get_latest_materialization_event(asset.key) for asset in (shop, orders)] == before
