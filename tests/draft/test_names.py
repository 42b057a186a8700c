from dagway.draft.names import identifier, identifiers, project_name


def test_an_identifier_is_lower_case_words_and_digits() -> None:
    assert identifier("Order Items (2024)") == "order_items_2024"
    assert identifier("2024") == "t_2024"
    assert identifier("Été 1") == "ete_1"
    assert identifier("---") == identifier("данные") == "data"
    assert identifier("in") == "in_data"
    assert len(identifier("x" * 200)) == 50


def test_each_identifier_is_given_once() -> None:
    assert identifiers(["Orders", "orders", "orders"]) == ["orders", "orders_2", "orders_3"]


def test_a_project_hides_no_module() -> None:
    assert project_name("Calendar") == "calendar_project"
    assert project_name("shop") == "shop"
