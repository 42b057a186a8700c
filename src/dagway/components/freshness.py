"""Whether an asset is as new as its freshness policy asks, and if not, why. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from dagway._dagster.ticks import last_tick


def is_fresh(policy: Any, materialized: datetime | None, now: datetime) -> bool:
    """Whether the last materialization is within the policy: a window of time, or a deadline by cron.

    Raises:
        TypeError: a policy of another kind.
    """
    return staleness(policy, materialized, now) is None


def staleness(policy: Any, materialized: datetime | None, now: datetime) -> str | None:
    """Why the last materialization is not within the policy, as a sentence; None if it is.

    Raises:
        TypeError: a policy of another kind.
    """
    window, cron = getattr(policy, "fail_window", None), getattr(policy, "deadline_cron", None)
    if window is None and cron is None:
        raise TypeError(f"a freshness policy of the kind {type(policy).__name__} cannot be compared")
    if materialized is None:
        return "It was never materialized."
    if cron is None:
        limit, old = _timedelta(window), now - materialized
        said = f"Materialized {old.total_seconds():.0f} s ago, allowed are {limit.total_seconds():.0f} s."
        return said if old > limit else None
    deadline = last_tick(cron, policy.timezone, now)
    first = deadline - _timedelta(policy.lower_bound_delta)
    at = materialized.astimezone(deadline.tzinfo)
    said = (
        f"Materialized at {at:%Y-%m-%d %H:%M}; for the deadline of {deadline:%Y-%m-%d %H:%M} {policy.timezone} it had to be"
        f" at {first:%H:%M} or later."
    )
    return said if materialized < first else None


def oldest(policy: Any) -> timedelta | None:
    """The age that a policy allows; None for a deadline by cron."""
    window = getattr(policy, "fail_window", None)
    return None if window is None else _timedelta(window)


def _timedelta(window: Any) -> timedelta:
    """Dagster keeps windows as a value of its own that can be serialized."""
    return window if isinstance(window, timedelta) else window.to_timedelta()
