"""Automation conditions are evaluated: what they ask for is evidence, and one that fails is none."""

# Dagster leaves parts of its types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import pytest

from dagway.prototype.prove.conditions import definitions_of, evaluate
from dagway.prototype.prove.model import SensorEvidence

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
    assert "1 condition after the runs, which ask for nothing more" in found.summary


def test_a_condition_that_holds_asks_for_its_asset() -> None:
    found = answer(dg.AutomationCondition.missing(), ["shop"])
    assert (found.evaluated, found.asked) == (True, {"orders": 1})
    assert "ask for orders" in found.summary


def test_a_condition_that_fails_proves_nothing() -> None:
    found = answer(Broken(), ["shop"])
    assert (found.evaluated, found.asked) == (False, {})
    assert "no such calendar" in found.summary
