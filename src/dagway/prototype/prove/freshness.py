"""How old an asset is, and whether its freshness policy allows that. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from croniter import croniter


def is_fresh(policy: Any, materialized: datetime | None, now: datetime) -> bool:
    """Whether the last materialization is within the policy: a window of time, or a deadline by cron.

    Raises:
        TypeError: a policy of another kind.
    """
    if materialized is None:
        return False
    if (window := getattr(policy, "fail_window", None)) is not None:
        return now - materialized <= _timedelta(window)
    if (cron := getattr(policy, "deadline_cron", None)) is not None:
        deadline = croniter(cron, now.astimezone(ZoneInfo(policy.timezone))).get_prev(datetime)
        return materialized >= deadline - _timedelta(policy.lower_bound_delta)
    raise TypeError(f"a freshness policy of the kind {type(policy).__name__} cannot be compared")


def _timedelta(window: Any) -> timedelta:
    """Dagster keeps windows as a value of its own that can be serialized."""
    return window if isinstance(window, timedelta) else window.to_timedelta()
