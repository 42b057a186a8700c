"""How long a service waits before it is started again."""

from __future__ import annotations

import pytest

from dagway.platform.backoff import LONGEST, STEADY, Backoff

pytestmark = pytest.mark.unit


def test_each_wait_is_longer_until_it_is_longest() -> None:
    known, waits = Backoff(), list[float]()
    for _ in range(9):
        known = known.after(lived=1.0, now=100.0)
        waits.append(known.due - 100.0)
    assert waits[:4] == [0.25, 0.5, 1.0, 2.0]
    assert waits[-1] == LONGEST


def test_five_ends_in_a_row_are_a_loop_and_a_steady_time_begins_anew() -> None:
    known = Backoff()
    for _ in range(4):
        known = known.after(1.0, 0.0)
    assert not known.is_loop
    assert known.after(1.0, 0.0).is_loop
    assert known.after(STEADY, 0.0) == Backoff(1, 0.25)
