"""An asset's age against its freshness policy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from dagway.components.freshness import is_fresh, staleness

NOW = datetime(2024, 5, 2, 12, 0, tzinfo=UTC)
WINDOW = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=36))
#: The last deadline before NOW is 10:00; what was made from 09:00 on is in time for it.
CRON = dg.FreshnessPolicy.cron(deadline_cron="0 10 * * *", lower_bound_delta=timedelta(hours=1))


@pytest.mark.parametrize(
    ("policy", "materialized", "fresh"),
    [
        (WINDOW, NOW - timedelta(hours=36), True),
        (WINDOW, NOW - timedelta(hours=36, seconds=1), False),
        (WINDOW, None, False),
        (CRON, NOW - timedelta(hours=3), True),
        (CRON, NOW - timedelta(hours=3, seconds=1), False),
    ],
)
def test_an_asset_is_fresh_within_its_policy(policy: Any, materialized: datetime | None, fresh: bool) -> None:
    assert is_fresh(policy, materialized, NOW) is fresh


def test_a_missed_deadline_says_when_it_was() -> None:
    assert staleness(CRON, NOW - timedelta(hours=4), NOW) == (
        "Materialized at 2024-05-02 08:00; for the deadline of 2024-05-02 10:00 UTC it had to be at 09:00 or later."
    )


def test_a_policy_that_cannot_be_compared_is_no_success() -> None:
    with pytest.raises(TypeError, match="cannot be compared"):
        is_fresh(object(), NOW, NOW)
