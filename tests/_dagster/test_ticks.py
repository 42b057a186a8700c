"""Ticks as the daemon makes them, also in the nights in which clocks change."""

from datetime import UTC, datetime
from itertools import islice

import pytest

from dagway._dagster.ticks import last_tick, ticks


@pytest.mark.parametrize(
    ("cron", "zone", "after", "expected"),
    [
        ("0 5 * * *", "UTC", "2026-11-21T05:00", ["2026-11-22T05:00:00+00:00", "2026-11-23T05:00:00+00:00"]),
        # The clock goes forward: an hour less between the two, the same time of the day.
        (
            "0 5 * * *",
            "Europe/Berlin",
            "2026-03-28T00:00",
            ["2026-03-28T05:00:00+01:00", "2026-03-29T05:00:00+02:00"],
        ),
        # And back: an hour more.
        (
            "0 5 * * *",
            "America/Los_Angeles",
            "2026-10-31T00:00",
            ["2026-10-31T05:00:00-07:00", "2026-11-01T05:00:00-08:00"],
        ),
        # A time that comes twice that night ticks once, one that is skipped a little later.
        (
            "30 2 * * *",
            "Europe/Berlin",
            "2026-10-24T12:00",
            ["2026-10-25T02:30:00+01:00", "2026-10-26T02:30:00+01:00"],
        ),
        (
            "30 2 * * *",
            "Europe/Berlin",
            "2026-03-28T12:00",
            ["2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"],
        ),
    ],
)
def test_two_ticks(cron: str, zone: str, after: str, expected: list[str]) -> None:
    moment = datetime.fromisoformat(after).replace(tzinfo=UTC)
    assert [tick.isoformat() for tick in islice(ticks(cron, zone, moment), 2)] == expected


def test_of_several_crons_the_next() -> None:
    found = ticks(["0 5 * * *", "0 3 * * *"], "UTC", datetime(2026, 1, 1, 4, tzinfo=UTC))
    assert [tick.hour for tick in islice(found, 3)] == [5, 3, 5]


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        ("2026-03-28T09:00+00:00", "2026-03-28T10:00:00+01:00"),
        ("2026-03-29T07:59+00:00", "2026-03-28T10:00:00+01:00"),
        ("2026-03-29T08:00+00:00", "2026-03-29T10:00:00+02:00"),
    ],
)
def test_the_last_tick_counts_that_moment(until: str, expected: str) -> None:
    found = last_tick("0 10 * * *", "Europe/Berlin", datetime.fromisoformat(until))
    assert found.isoformat() == expected
