"""What stands under a secret's name and is none: a case for each line of the table."""

from __future__ import annotations

import pytest

from dagway.rules.source.secrets import HARMLESS, harmless, is_secret_value

pytestmark = pytest.mark.unit
CASES = {
    "xxxx": "one character over and over",
    "change_me_soon": "a placeholder",
    "<password>": "a placeholder in brackets",
    "null": "nothing",
    "AKIAIOSFODNN7EXAMPLE": "made up",
    "externalbrowser": "a way to log in",
    "required": "said of a field",
    "prefix-${PASSWORD}": "filled in later",
    "vault:shop/db": "a reference to where it is kept",
    "C:/temp": "a path",
    "service_account.json": "a file",
    "WAREHOUSE_PASSWORD": "a variable's name",
    "varchar(255)": "a column's type",
    "Driver=SQL;Server=x": "pairs, which are looked at for themselves",
    "snowflake/token": "what a secret is called",
}


@pytest.mark.parametrize("text", CASES)
def test_what_is_no_secret_is_known_for_what_it_is(text: str) -> None:
    assert (harmless(text), is_secret_value(text)) == (CASES[text], False)


@pytest.mark.parametrize("text", ["hunter2!", "abc123==", "correct_horse", "P@ss.python", "examp1e"])
def test_what_may_be_one_is(text: str) -> None:
    assert is_secret_value(text)


def test_each_line_has_a_case() -> None:
    assert {*CASES.values()} == {*HARMLESS, "what a secret is called"}
