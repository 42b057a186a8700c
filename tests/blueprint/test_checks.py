"""Names and sentences of checks."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from dagway.blueprint.checks import check_name, check_names, describe
from dagway.blueprint.model import Check

CASES: list[tuple[dict[str, Any], str, str]] = [
    ({"unique": "order_id"}, "unique_order_id", "Every value of order_id occurs once."),
    ({"unique": ["a", "b"]}, "unique_a_b", "Every combination of a, b occurs once."),
    ({"not_null": ["a", "b"]}, "not_null_a_b", "a, b are never null."),
    ({"not_null": "a"}, "not_null_a", "a is never null."),
    ({"row_count": {"min": 1}}, "row_count", "The number of rows is at least 1."),
    ({"row_count": {"min": 1, "max": 9}}, "row_count", "The number of rows is between 1 and 9."),
    ({"accepted_values": {"column": "s", "values": ["x", 1]}}, "accepted_values_s", "s is one of x, 1."),
    ({"range": {"column": "amount", "max": 5}}, "range_amount", "amount is at most 5."),
    (
        {"relationship": {"column": "customer_id", "to": "shop/customers"}},
        "relationship_customer_id",
        "Every value of customer_id occurs in customer_id of shop/customers.",
    ),
    ({"freshness": "36h"}, "freshness", "The last materialization is at most 36h old."),
    ({"schema": {"a": "int", "b": "text"}}, "schema", "The columns are a int, b text."),
    ({"sql": "select 1"}, "sql", "The query returns no row."),
    ({"python": "checks.py:looks_right"}, "looks_right", "looks_right passes."),
    ({"unique": "Total €"}, "unique_Total", "Every value of Total € occurs once."),
    ({"unique": "a", "name": "own", "description": "Own words."}, "own", "Own words."),
]


@pytest.mark.parametrize(("written", "name", "sentence"), CASES)
def test_a_check_has_a_name_and_a_sentence(written: dict[str, Any], name: str, sentence: str) -> None:
    check = Check.model_validate(written)
    assert (check_name(check), describe(check)) == (name, sentence)


def test_a_name_that_stands_again_gets_a_number() -> None:
    written = [
        {"sql": "select 1"},
        {"sql": "select 2", "name": "sql_2"},
        {"sql": "select 3"},
        {"sql": "select 4"},
    ]
    checks = [Check.model_validate(one) for one in written]
    assert check_names(checks) == ("sql", "sql_2", "sql_3", "sql_4")


@pytest.mark.parametrize("written", [{}, {"unique": "a", "not_null": "a"}, {"severity": "warn"}])
def test_a_check_has_exactly_one_kind(written: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Check.model_validate(written)
