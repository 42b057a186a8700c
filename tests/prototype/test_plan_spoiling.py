"""The statement that breaks a check, whatever its values are."""

from __future__ import annotations

from typing import Any

import pytest

from dagway.prototype.model import PlannedCheck
from dagway.prototype.planning.spoiling import spoiling


@pytest.mark.parametrize(
    ("values", "other"),
    [
        ([3, 1.5], "4"),
        (["a", "b"], "'none of the values'"),
        ([1, "x"], "'none of the values'"),
        (["x", 1], "'none of the values'"),
        ([True, False], None),
        ([1, True], None),
    ],
)
def test_a_column_gets_a_value_that_is_not_accepted(values: list[Any], other: str | None) -> None:
    check = PlannedCheck(
        "accepted",
        "accepted_values",
        {"column": "a", "values": values},
        "error",
        blocking=False,
        description="",
    )
    expected = None if other is None else f'update "s"."t" set "a" = {other}'
    assert spoiling("s.t", check) == expected
