"""Blocks that stand on an integration's own package."""

from __future__ import annotations

import pytest

from dagway.components.on_demand import Offer, find, installed
from dagway.errors import DagwayError

OFFERS = {
    "Fraction": Offer("fractions", "decimal", "numbers"),
    "Newer": Offer("fractions", "dagster", "newer", since="99"),
    "Older": Offer("fractions", "dagster", "older", since="1.0"),
    "Missing": Offer("fractions", "no_such_package", "nothing"),
}


def test_only_what_can_be_used_is_offered() -> None:
    assert list(installed(OFFERS)) == ["Fraction", "Older"]


def test_a_block_is_imported_when_asked_for() -> None:
    import fractions

    assert find("dagway.components", OFFERS, "Fraction") is fractions.Fraction


def test_a_missing_package_is_named_with_its_extra() -> None:
    with pytest.raises(DagwayError, match=r"components\.Missing needs the package no_such_package") as error:
        find("dagway.components", OFFERS, "Missing")
    assert "pip install 'dagway[nothing]'" in str(error.value)


def test_a_package_that_is_too_old_is_named_with_its_version() -> None:
    with pytest.raises(
        DagwayError, match="Newer needs the package dagster 99 or newer, which is not installed"
    ):
        find("dagway.components", OFFERS, "Newer")


def test_an_unknown_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="'Nothing'"):
        find("dagway.components", OFFERS, "Nothing")
