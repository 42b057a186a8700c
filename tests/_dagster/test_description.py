"""Labels that people read."""

from datetime import timedelta

import dagster as dg
import pytest

from dagway._dagster.description import (
    automation_label,
    freshness_label,
    function_position,
    partitions_label,
    resource_type,
)

Condition = dg.AutomationCondition


@pytest.mark.parametrize(
    ("condition", "label"),
    [
        (Condition.eager(), "eager"),
        (Condition.on_cron("@daily"), "on_cron(@daily, UTC)"),
        (Condition.eager() & ~Condition.in_progress(), "eager AND NOT(in_progress)"),
        (
            Condition.missing() & (Condition.newly_missing() | Condition.in_progress()),
            "missing AND (newly_missing OR in_progress)",
        ),
        (Condition.eager().with_label("mine"), "mine"),
    ],
)
def test_automation(condition: dg.AutomationCondition[dg.AssetKey], label: str) -> None:
    assert automation_label(condition) == label


def test_partitions() -> None:
    daily = dg.DailyPartitionsDefinition("2024-01-01")
    regions = dg.StaticPartitionsDefinition(["eu", "us"])
    assert partitions_label(daily) == "Daily, starting 2024-01-01 UTC"
    assert partitions_label(regions) == "eu, us"
    assert (
        partitions_label(dg.StaticPartitionsDefinition([str(n) for n in range(9)]))
        == "0, 1, 2, 3, 4, … (9 in all)"
    )
    both = dg.MultiPartitionsDefinition({"day": daily, "region": regions})
    assert partitions_label(both) == "day: Daily, starting 2024-01-01 UTC × region: eu, us"


def test_freshness() -> None:
    assert (
        freshness_label(dg.FreshnessPolicy.time_window(fail_window=timedelta(minutes=90)))
        == "within 1 h 30 min"
    )
    by_cron = dg.FreshnessPolicy.cron(
        deadline_cron="0 7 * * *", lower_bound_delta=timedelta(hours=2), timezone="UTC"
    )
    assert freshness_label(by_cron) == "by 0 7 * * * UTC, no older than 2 h"


def test_position_and_resource() -> None:
    @dg.asset
    def here() -> None: ...

    class Shop(dg.ConfigurableResource[None]):
        url: str = ""

    position = function_position(here)
    assert position is not None
    assert position[0].name == "test_description.py"
    definitions = dg.Definitions(assets=[here], resources={"shop": Shop()}).get_repository_def()
    assert resource_type(definitions.get_top_level_resources()["shop"]).endswith("Shop")
