from dagway.draft.names import identifier, identifiers


def test_an_identifier_is_lower_case_words_and_digits() -> None:
    assert identifier("Order Items (2024)") == "order_items_2024"
    assert identifier("2024") == "t_2024"
    assert identifier("Été 1") == "t_1"
    assert identifier("---") == "table"
    assert identifier("in") == "in_data"
    assert len(identifier("x" * 200)) == 50


def test_each_identifier_is_given_once() -> None:
    assert identifiers(["Orders", "orders", "ORDERS"]) == {
        "Orders": "orders",
        "orders": "orders_2",
        "ORDERS": "orders_3",
    }
