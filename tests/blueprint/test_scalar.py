"""Plain words by YAML 1.2's core rules."""

from __future__ import annotations

import pytest

from dagway.blueprint.scalar import resolve


@pytest.mark.parametrize(
    "text", ["06:00", "2024-01-01", "on", "yes", "no", "1_000", "1e999", ".inf", ".nan", "0b1", "-", "."]
)
def test_stays_text(text: str) -> None:
    assert resolve(text) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("12", 12),
        ("-3", -3),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
    ],
)
def test_has_a_value(text: str, value: object) -> None:
    found = resolve(text)
    assert found == value
    assert isinstance(found, type(value))


@pytest.mark.parametrize("text", ["007", "+5", "1.10", "1e3", "0x1F"])
def test_a_number_prints_as_it_was_written(text: str) -> None:
    assert str(resolve(text)) == text


def test_a_number_beyond_all_reason_stays_text() -> None:
    assert resolve("9" * 5000) == "9" * 5000
