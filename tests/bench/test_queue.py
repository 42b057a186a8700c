"""What is told of many runs that were queued at once."""

from __future__ import annotations

import pytest

from bench.queue import Outcome, Run

pytestmark = pytest.mark.unit


def test_what_succeeded_is_measured_and_the_rest_is_told() -> None:
    done = [Run("SUCCESS", created=100.0, started=101.0 + number, ended=130.0) for number in range(3)]
    left = Run("QUEUED", created=100.0, started=None, ended=None)
    assert str(Outcome(5, [*done, left])) == (
        "3 of 5 done (1 QUEUED, 3 SUCCESS), 6 a minute; queue → start p50 2.0 s, p95 2.9 s"
    )


def test_where_nothing_was_done_nothing_is_measured() -> None:
    assert str(Outcome(1, [])) == "0 of 1 done ()"
