import pytest

from dagway.blueprint.rules_project import FOLDERS, RESOURCES, SCHEMAS
from dagway.draft.names import (
    STAGING,
    identifier,
    identifiers,
    project_name,
    source_name,
    source_names,
    staging_names,
)


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


@pytest.mark.parametrize("name", sorted({*FOLDERS, *RESOURCES, *SCHEMAS, STAGING}))
def test_a_source_has_a_name_of_its_own(name: str) -> None:
    assert source_name(name.title()) == f"{name}_data"
    assert source_names(["shop", name, f"{name}_data"]) == ["shop", f"{name}_data", f"{name}_data_2"]


def test_each_staging_asset_has_a_name_of_its_own() -> None:
    tables = [("shop", "orders"), ("crm", "orders"), ("crm", "shop_orders"), ("crm", "people")]
    assert list(staging_names(tables).values()) == ["shop_orders", "crm_orders", "shop_orders_2", "people"]
