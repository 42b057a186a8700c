"""Keys as tables and back."""

import pytest

from dagway.sql import schema_and_name, table_name
from dagway.sql.names import key_of


@pytest.mark.parametrize(
    ("key", "name"),
    [(("staging", "orders"), "staging.orders"), (("a", "b", "c"), "a__b.c"), (("orders",), "orders")],
)
def test_a_key_is_a_table(key: tuple[str, ...], name: str) -> None:
    assert table_name(key) == name


@pytest.mark.parametrize("key", [("staging", "orders"), ("a", "b", "c"), ("_a", "b"), ("a_b", "c")])
def test_the_table_is_the_key_again(key: tuple[str, ...]) -> None:
    assert key_of(*schema_and_name(key)) == key
