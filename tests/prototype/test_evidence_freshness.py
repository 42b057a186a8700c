"""An asset's age against its freshness policy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from dagway.prototype.prove.freshness import is_fresh
from dagway.prototype.prove.numbers import age

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


def test_a_policy_that_cannot_be_compared_is_no_success() -> None:
    with pytest.raises(TypeError, match="cannot be compared"):
        is_fresh(object(), NOW, NOW)


@pytest.mark.parametrize(
    ("seconds", "text"), [(-0.1, "0 s"), (4.2, "4 s"), (119, "119 s"), (720, "12 min"), (259_200, "3 d")]
)
def test_an_age_is_told_in_a_unit_that_fits(seconds: float, text: str) -> None:
    assert age(seconds) == text
