"""Which ticks have to make `ready_by`: the same at any hour."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from dagway._dagster.ticks import ticks
from dagway.prototype.prove.deadlines import judged_ticks

PARIS = "Europe/Paris"


def judged(cron: str, hour: int, minute: int = 30, ready_by: str = "06:00") -> list[str]:
    """The ticks that are judged, asked on Wednesday, 4 March 2026, at that time."""
    now = datetime(2026, 3, 4, hour, minute, tzinfo=ZoneInfo(PARIS))
    found = judged_ticks(lambda after: ticks(cron, PARIS, after), ready_by, now)
    return [f"{tick:%a %H:%M}" for tick in found]


@pytest.mark.parametrize(("hour", "days"), [(1, ["Wed", "Thu"]), (5, ["Thu", "Fri"]), (9, ["Thu", "Fri"])])
def test_the_last_tick_before_the_time_counts_whenever_it_is_asked(hour: int, days: list[str]) -> None:
    for cron in ("0 5 * * *", "0 * * * *", "0 5,17 * * *", "0 5,6 * * *"):
        assert judged(cron, hour) == [f"{day} 05:00" for day in days]


def test_days_without_a_tick_have_no_deadline() -> None:
    assert judged("0 5 * * 1-5", 9) == ["Thu 05:00", "Fri 05:00"]
    assert judged("0 5 * * 1", 9) == ["Mon 05:00", "Mon 05:00"]


@pytest.mark.parametrize("cron", ["0 23 * * *", "0 6 * * *"])
def test_a_day_whose_ticks_are_all_late_shows_its_first(cron: str) -> None:
    hour = cron.split()[1]
    assert judged(cron, 1) == [f"Wed {int(hour):02}:00", f"Thu {int(hour):02}:00"]


def test_a_clock_that_changes_is_followed() -> None:
    """At 02:00 on 29 March the clock shows 03:00."""
    now = datetime(2026, 3, 28, 12, tzinfo=ZoneInfo(PARIS))
    found = judged_ticks(lambda after: ticks("30 * * * *", PARIS, after), "03:15", now)
    assert [f"{tick:%d %H:%M}" for tick in found] == ["29 01:30", "30 02:30"]
