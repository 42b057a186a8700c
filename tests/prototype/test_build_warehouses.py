"""What a blueprint says of its warehouse stands in the project's resources."""

from pathlib import Path

import pytest

from dagway.blueprint.rules_warehouse import SETTINGS
from dagway.components import warehouse
from tests.prototype.blueprints import SMALL, rendered

RESOURCES = "shop_reports/defs/resources.py"


@pytest.mark.parametrize(
    ("kind", "resource"),
    [
        ("duckdb", warehouse.DuckDBWarehouse),
        ("postgres", warehouse.PostgresWarehouse),
        ("snowflake", warehouse.SnowflakeWarehouse),
    ],
)
def test_the_language_knows_each_setting_of_each_resource(
    kind: str, resource: type[warehouse.Warehouse]
) -> None:
    # What stands in for a warehouse in demo mode is no blueprint's matter: there it is DuckDB.
    demo = {"demo_mode", "demo_folder"} | ({"patience"} if kind == "snowflake" else set[str]())
    assert set(SETTINGS[kind]) == set(resource.model_fields) - demo


def test_patience_is_the_warehouses_own(tmp_path: Path) -> None:
    files = rendered(tmp_path, SMALL + "warehouse: {patience: 60}\n")
    assert '"warehouse": DuckDBWarehouse(database=database, patience=60)' in files[RESOURCES]
    assert files[RESOURCES].count("patience") == 1  # demo mode's file is its own


def test_an_environments_warehouse_takes_no_settings_of_another_kind(tmp_path: Path) -> None:
    text = SMALL + "warehouse: {patience: 60}\nenvironments:\n  production:\n    warehouse:\n"
    snowflake = "      {integration: snowflake, database: A, account: \"{{ env('ACCOUNT') }}\", user: etl}\n"
    production = rendered(tmp_path, text + snowflake)[RESOURCES].partition("def production_resources")[2]
    assert 'user": "etl"' in production
    assert "patience" not in production


def test_what_snowflake_needs_and_the_blueprint_leaves_out_comes_from_the_usual_variables(
    tmp_path: Path,
) -> None:
    text = SMALL + "environments:\n  production:\n    warehouse: {integration: snowflake, database: A}\n"
    files = rendered(tmp_path, text)
    production = files[RESOURCES].partition("def production_resources")[2]
    for name in ("account", "user", "password"):
        assert f'"{name}": dg.EnvVar("SNOWFLAKE_{name.upper()}")' in production
        assert f"SNOWFLAKE_{name.upper()}=" in files[".env.example"]
    assert "SNOWFLAKE_DATABASE" not in production


def test_a_key_needs_no_password(tmp_path: Path) -> None:
    text = (
        SMALL
        + "warehouse: {integration: snowflake, database: A, private_key_file: \"{{ env('KEY_FILE') }}\"}\n"
    )
    files = rendered(tmp_path, text)
    assert "SNOWFLAKE_USER" in files[RESOURCES]
    assert "SNOWFLAKE_PASSWORD" not in files[RESOURCES]
    assert "SNOWFLAKE_PASSWORD" not in files[".env.example"]


@pytest.mark.parametrize(
    ("warehouse", "made"),
    [
        (
            "{integration: postgres, connection: \"{{ env('W') }}\", connect_timeout: 5, statement_timeout: 60}",
            ("connect_timeout=5, statement_timeout=60)",),
        ),
        (
            "{integration: snowflake, database: A, connect_timeout: 5, statement_timeout: 60}",
            (
                "SnowflakeWarehouse(**account, connect_timeout=5, statement_timeout=60)",
                "IOManager(**account)",
            ),
        ),
    ],
)
def test_how_long_to_wait_is_the_warehouses_own(
    warehouse: str, made: tuple[str, ...], tmp_path: Path
) -> None:
    text = rendered(tmp_path, SMALL + f"warehouse: {warehouse}\n")[RESOURCES]
    assert all(part in text for part in made), text
