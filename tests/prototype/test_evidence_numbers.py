"""Numbers as people read them."""

import pytest

from dagway.prototype.prove.numbers import age


@pytest.mark.parametrize(
    ("seconds", "text"), [(-0.1, "0 s"), (4.2, "4 s"), (119, "119 s"), (720, "12 min"), (259_200, "3 d")]
)
def test_an_age_is_told_in_a_unit_that_fits(seconds: float, text: str) -> None:
    assert age(seconds) == text
