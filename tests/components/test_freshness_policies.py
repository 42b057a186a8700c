"""Freshness policies of assets that other definitions build."""

# Dagster leaves parts of its types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from datetime import timedelta
from typing import Any

import dagster as dg
import pytest

from dagway.components.freshness import is_fresh, staleness
from tests.raised import whole_message

pytestmark = pytest.mark.integration
WINDOW = {"selection": "group:marts", "fail_after": "36h", "warn_after": "24h"}
DEADLINE = {
    "selection": "tag:tier=gold",
    "deadline": "0 9 * * *",
    "not_before": "12h",
    "timezone": "Europe/Berlin",
}


def policies(project: Any, folder: str, *written: dict[str, Any], **attributes: Any) -> None:
    project.component(folder, "FreshnessPolicies", {"policies": list(written), **attributes})


def policy(project: Any, key: str) -> Any:
    found = dg.AssetKey(key.split("/"))
    return project.load().resolve_asset_graph().get(found).assets_def.specs_by_key[found].freshness_policy


@pytest.fixture
def shop(project: Any) -> Any:
    """Assets of components and of Python, below folders."""
    project.model("marts/daily/revenue", "select 1 as id", tags={"tier": "gold"})
    project.model("marts/daily/orders", "select 1 as id", freshness="1h")
    project.model("staging/orders", "select 1 as id")
    project.write(
        "PACKAGE/defs/marts/scores.py",
        "import dagster as dg\n\n\n@dg.asset(group_name='marts')\ndef scores() -> None: ...\n",
    )
    return project


def test_the_first_policy_that_selects_an_asset_counts_and_its_own_stays(shop: Any) -> None:
    policies(shop, ".", DEADLINE, WINDOW)

    assert policy(shop, "marts/daily/revenue").deadline_cron == "0 9 * * *"
    assert policy(shop, "scores").fail_window.to_timedelta() == timedelta(hours=36)
    assert policy(shop, "scores").warn_window.to_timedelta() == timedelta(hours=24)
    assert policy(shop, "marts/daily/orders").fail_window.to_timedelta() == timedelta(hours=1)
    assert policy(shop, "staging/orders") is None

    policies(shop, ".", WINDOW, replace=True)
    assert policy(shop, "marts/daily/orders").fail_window.to_timedelta() == timedelta(hours=36)


def test_it_is_for_its_folder_and_those_below(shop: Any) -> None:
    policies(shop, "marts/daily", {"selection": "*", "fail_after": "2h"})

    assert policy(shop, "marts/daily/revenue").fail_window.to_timedelta() == timedelta(hours=2)
    assert policy(shop, "scores") is None
    assert policy(shop, "staging/orders") is None


def test_folders_may_stand_in_each_other_and_what_is_there_runs(shop: Any, read: Any) -> None:
    policies(shop, ".", {"selection": "*", "fail_after": "50h"})
    policies(shop, "marts", DEADLINE)

    assert policy(shop, "marts/daily/revenue").deadline_cron == "0 9 * * *"
    assert policy(shop, "staging/orders").fail_window.to_timedelta() == timedelta(hours=50)
    result = shop.run()
    assert result.success, read.failure(result)
    assert len(result.get_asset_materialization_events()) == 4


def test_a_late_asset_is_told(shop: Any) -> None:
    from datetime import UTC, datetime

    policies(shop, ".", DEADLINE)
    found = policy(shop, "marts/daily/revenue")

    # 9 o'clock in Berlin in winter is 8 in UTC.
    now = datetime(2024, 1, 2, 8, 30, tzinfo=UTC)
    assert is_fresh(found, datetime(2024, 1, 2, 7, 0, tzinfo=UTC), now)
    late = staleness(found, datetime(2024, 1, 1, 10, 0, tzinfo=UTC), now)
    assert late is not None
    assert "2024-01-02 09:00 Europe/Berlin" in late


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"selection": "group:none", "fail_after": "1h"}, "the selection 'group:none' selects no asset"),
        ({"selection": "", "fail_after": "1h"}, "is no selection: it is empty"),
        ({"selection": "*"}, "is no window and no deadline"),
        ({"selection": "*", "fail_after": "1h", "deadline": "0 9 * * *"}, "is no window and no deadline"),
        ({"selection": "*", "fail_after": "soon"}, "The policy of *"),
        ({"selection": "*", "deadline": "every day", "not_before": "1h"}, "The policy of *"),
    ],
)
def test_what_means_nothing_is_refused_when_the_definitions_load(
    shop: Any, written: dict[str, Any], message: str
) -> None:
    policies(shop, ".", written)

    with pytest.raises(Exception, match="Error") as error:
        shop.load()

    assert message in whole_message(error.value)
