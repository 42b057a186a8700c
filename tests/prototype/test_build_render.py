"""What a blueprint becomes: the files, and what stands in them. Nothing is run here."""

import ast
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from dagway.errors import DagwayError
from dagway.prototype.build import Copy, render
from dagway.prototype.plan import plan
from tests.prototype.blueprints import EVERYTHING, LOGIC, SMALL, loaded, rendered

SECRETS = ("SHOP_DATABASE_URL", "TARGET_URL", "HOOK_URL", "WAREHOUSE_URL")


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return rendered(tmp_path_factory.mktemp("everything"), EVERYTHING, LOGIC)


def attributes(files: dict[str, str], path: str) -> dict[str, Any]:
    return yaml.safe_load(files[f"everything/defs/{path}/defs.yaml"])["attributes"]


def test_the_same_blueprint_gives_the_same_files(tmp_path: Path) -> None:
    found = loaded(tmp_path, EVERYTHING, LOGIC)
    assert render(found) == render(found) == render(found, plan(found))


def test_each_line_has_its_files(everything: dict[str, str]) -> None:
    defs = sorted(
        path.removeprefix("everything/defs/") for path in everything if path.startswith("everything/defs/")
    )
    assert defs == [
        "__init__.py",
        "alerts/both/defs.yaml",
        "automation.py",
        "eu__shop/totals.py",
        "eu__shop/totals_checks/defs.yaml",
        "eu__shop/totals_known_customers.py",
        "exports/back/defs.yaml",
        "exports/totals/defs.yaml",
        "marts/best/best.sql",
        "marts/best/defs.yaml",
        "marts/unwritten.py",
        "resources.py",
        "schedules/nightly/defs.yaml",
        "sensors/after/defs.yaml",
        "sensors/inbox/defs.yaml",
        "sensors/polled.py",
        "shop/defs.yaml",
        "staging/orders/defs.yaml",
        "staging/orders/orders.sql",
        "staging/orders_positive.py",
    ]


def test_every_defs_yaml_says_where_it_comes_from(everything: dict[str, str]) -> None:
    for path, text in everything.items():
        if (
            path.endswith(("defs.yaml", ".py", ".toml", ".env.example", ".gitignore"))
            and "/logic/" not in path
        ):
            assert (
                "Written by dagway from blueprint.yaml" in text or not text or path.endswith("/__init__.py")
            ), path
    assert everything["everything/defs/staging/orders/defs.yaml"].startswith(
        "# Written by dagway from blueprint.yaml (assets/staging/orders).\n"
    )


def test_no_attribute_is_empty(everything: dict[str, str]) -> None:
    for path, text in everything.items():
        if path.endswith("defs.yaml"):
            for document in yaml.safe_load_all(text):
                assert all(value not in (None, "", [], {}) for value in document["attributes"].values()), path


def test_generated_python_parses(everything: dict[str, str]) -> None:
    for path, text in everything.items():
        if path.endswith(".py"):
            ast.parse(text, path)


def test_a_source_has_its_tables_with_what_the_source_calls_them(everything: dict[str, str]) -> None:
    (table,) = attributes(everything, "shop")["tables"]
    assert (table["name"], table["table"]) == ("orders", "public.orders")
    assert table["columns"]["amount"] == {"type": "DOUBLE", "description": 'In "euro".'}
    assert table["checks"] == [{"unique": "order_id", "name": "one_row_each"}]
    assert table["freshness"] == "2d"


def test_an_export_says_its_columns(everything: dict[str, str]) -> None:
    columns = {"customer_id": "BIGINT", "total": "DOUBLE"}
    assert attributes(everything, "exports/totals")["columns"] == columns
    assert attributes(everything, "exports/back")["columns"] == columns


def test_a_component_runs_declared_checks_and_a_file_those_in_python(everything: dict[str, str]) -> None:
    checks = attributes(everything, "staging/orders")["checks"]
    assert checks == [
        {"freshness": "90m"},
        {"range": {"column": "amount", "min": 0, "max": 100}, "blocking": True},
    ]
    text = everything["everything/defs/staging/orders_positive.py"]
    assert "severity=dg.AssetCheckSeverity.WARN" in text
    assert "tests.positive(orders=orders)" in text


def test_a_time_zone_stands_where_it_matters(everything: dict[str, str]) -> None:
    assert attributes(everything, "marts/best")["timezone"] == "Europe/Berlin"
    assert "timezone" not in attributes(everything, "exports/totals")
    assert attributes(everything, "schedules/nightly")["timezone"] == "UTC"


def test_a_python_asset_is_decorated_with_all_that_the_blueprint_says(everything: dict[str, str]) -> None:
    text = everything["everything/defs/eu__shop/totals.py"]
    for part in (
        'key=["eu", "shop", "totals"]',
        'ins={"orders": dg.AssetIn(key=["staging", "orders"])}',
        'owners=["team:shop"]',
        'tags={"domain": "sales", "class": "1"}',
        'dg.TableColumn("total", type="DOUBLE")',
        '"schema": "eu__shop"',
        "dg.FreshnessPolicy.time_window(fail_window=timedelta(minutes=90))",
        "automation_condition=dg.AutomationCondition.eager() & ~dg.AutomationCondition.on_missing()",
        "totals_module.totals(context=context, orders=orders, rate=rate)",
    ):
        assert part in text


def test_a_missing_function_is_a_skeleton_that_raises(everything: dict[str, str]) -> None:
    text = everything["everything/logic/later.py"]
    assert "def unwritten(best: pd.DataFrame) -> pd.DataFrame:" in text
    assert "raise NotImplementedError(" in text
    assert "Write `unwritten` in `everything/logic/later.py`" in everything["README.md"]


def test_a_function_is_added_to_a_file_that_lacks_it(tmp_path: Path) -> None:
    text = SMALL + "  marts/value: {python: logic.py:value, deps: [staging/orders]}\n"
    files = {"logic.py": '"""Logic."""\n\nimport os\n\n\ndef other() -> str:\n    return os.name\n'}
    found = rendered(tmp_path, text, files)["shop_reports/logic.py"]
    assert found.startswith('"""Logic."""\n\nimport os\nimport pandas as pd\n\n\ndef other()')
    assert "def value(orders: pd.DataFrame) -> pd.DataFrame:" in found


def test_an_import_of_a_helper_works_in_the_package(everything: dict[str, str]) -> None:
    assert "from everything.logic.rounding import cents" in everything["everything/logic/totals.py"]
    assert "everything/logic/rounding.py" in everything


def test_demo_data_is_copied_and_not_read(tmp_path: Path) -> None:
    files = render(loaded(tmp_path))
    assert files["data/shop/orders.csv"] == Copy(tmp_path / "data" / "shop" / "orders.csv")


def test_no_secret_has_a_value_anywhere(everything: dict[str, str]) -> None:
    example = everything[".env.example"].split("\n")
    assert [line for line in example if line.startswith(SECRETS)] == sorted(f"{name}=" for name in SECRETS)
    assert 'dg.EnvVar("SHOP_DATABASE_URL")' in everything["everything/defs/resources.py"]


def test_real_and_demo_rows_never_share_a_database(everything: dict[str, str]) -> None:
    text = everything["everything/defs/resources.py"]
    demo = text[text.index("def demo_resources") : text.index("def production_resources")]
    assert 'os.getenv("DEMO_WAREHOUSE_PATH", "data/demo.duckdb")' in demo
    assert "WAREHOUSE_PATH" not in demo.replace("DEMO_WAREHOUSE_PATH", "")


def test_one_process_writes_where_the_warehouse_is_duckdb_and_steps_are_warm_elsewhere(
    everything: dict[str, str],
) -> None:
    text = everything["everything/defs/resources.py"]
    assert "dg.Definitions(resources=default_resources(), executor=dg.in_process_executor)" in text
    assert "dg.Definitions(resources=production_resources(), executor=dagway.warm_executor)" in text


def test_a_project_on_duckdb_alone_does_not_name_the_executor_of_others(tmp_path: Path) -> None:
    assert "warm" not in rendered(tmp_path, SMALL)["shop_reports/defs/resources.py"]


def test_the_demo_overlay_may_name_another_warehouse(tmp_path: Path) -> None:
    overlay = "environments:\n  demo: {warehouse: {integration: duckdb, database: data/other.duckdb}}\n"
    text = rendered(tmp_path, SMALL + overlay)["shop_reports/defs/resources.py"]
    assert 'in_project("data/other.duckdb")' in text
    assert "data/demo.duckdb" not in text


def test_frames_of_polars_go_through_dagways_io_manager(tmp_path: Path) -> None:
    text = SMALL + "  marts/value: {python: logic.py:value, deps: [staging/orders]}\n"
    logic = "import polars as pl\n\n\ndef value(orders: pl.DataFrame) -> pl.DataFrame:\n    return orders\n"
    files = rendered(tmp_path, text, {"logic.py": logic})
    assert "WarehouseIOManager(warehouse=warehouse)" in files["shop_reports/defs/resources.py"]
    assert "DuckDBPandasIOManager" not in files["shop_reports/defs/resources.py"]
    assert 'rows.of("staging/orders", pl.DataFrame)' in files["tests/test_assets.py"]
    assert "polars" in tomllib.loads(files["pyproject.toml"])["project"]["dependencies"]


def test_an_unset_variable_does_not_stop_the_project_from_loading(everything: dict[str, str]) -> None:
    slack, webhook = yaml.safe_load_all(everything["everything/defs/alerts/both/defs.yaml"])
    assert slack["attributes"]["channel"] == "#shop"
    assert webhook["attributes"]["url"] == "{{ env.HOOK_URL }}"
    assert webhook["attributes"]["name"] == "both_webhook"


def test_the_plan_is_kept_with_the_project(tmp_path: Path) -> None:
    found = loaded(tmp_path)
    files = render(found)
    text = files["plan.json"]
    assert isinstance(text, bytes)
    assert json.loads(text) == plan(found).to_json()


def test_two_lines_for_one_file_are_refused(tmp_path: Path) -> None:
    text = SMALL + "  marts/value: {python: definitions.py:value}\n"
    with pytest.raises(DagwayError, match=r"need the file shop_reports/definitions\.py"):
        rendered(tmp_path, text, {"definitions.py": "def value(): ...\n"})


def test_a_source_and_assets_of_one_group_do_not_hide_each_other(tmp_path: Path) -> None:
    files = rendered(tmp_path, SMALL + "  shop/clean: {sql: select * from shop.orders}\n")
    assert "shop_reports/defs/shop/_source/defs.yaml" in files
    assert "shop_reports/defs/shop/clean/defs.yaml" in files
    assert "shop_reports/defs/shop/defs.yaml" not in files


def test_the_readme_shows_requirements_flow_and_variables(everything: dict[str, str]) -> None:
    text = everything["README.md"]
    assert "| R1 | All of it. | sources/shop |" in text
    assert '["eu/shop/totals"]' in text
    assert "| `SHOP_DATABASE_URL` (secret) | – |" in text
    assert "`DAGWAY_ENVIRONMENT` names another environment: `production`" in text


def test_a_check_in_python_of_a_source_table_is_loaded(tmp_path: Path) -> None:
    """Dagster loads no Python file beside a `defs.yaml`."""
    text = SMALL.replace("amount: DOUBLE}}", "amount: DOUBLE}, checks: [{python: t.py:holds}]}")
    files = rendered(tmp_path, text)
    assert "shop_reports/defs/shop/orders_holds.py" in files
    assert "shop_reports/defs/shop/defs.yaml" not in files


def test_every_asset_has_a_description(tmp_path: Path) -> None:
    text = (
        SMALL
        + "  marts/value: {python: logic.py:value, deps: [staging/orders]}\n  marts/all: {sql: select 1 as one}\n"
    )
    files = rendered(tmp_path, text)
    assert 'description="The rows of marts/value."' in files["shop_reports/defs/marts/value.py"]
    assert "description: The rows of marts/all." in files["shop_reports/defs/marts/all/defs.yaml"]


def test_a_source_that_may_be_empty_says_so_to_its_component(tmp_path: Path) -> None:
    text = SMALL.replace("orders: {columns", "orders: {allow_empty: true, columns")
    (table,) = yaml.safe_load(rendered(tmp_path, text)["shop_reports/defs/shop/defs.yaml"])["attributes"][
        "tables"
    ]
    assert table["allow_empty"] is True
    assert "allow_empty" not in rendered(tmp_path / "strict")["shop_reports/defs/shop/defs.yaml"]


def test_a_column_without_a_type_says_none(tmp_path: Path) -> None:
    """Dagster would take it for a string."""
    text = SMALL.replace("{columns: {order_id: BIGINT, customer_id: BIGINT, amount: DOUBLE}}", "{}") + (
        "  marts/orders: {python: t.py:rows, deps: [shop/orders], columns: {order_id: {description: The number.}}}\n"
    )
    files = rendered(tmp_path, text, {"t.py": "def rows(orders): return orders\n"})
    source = yaml.safe_load(files["shop_reports/defs/shop/defs.yaml"])["attributes"]["tables"][0]
    assert source["columns"] == {"order_id": {}, "customer_id": {}, "amount": {}}
    model = yaml.safe_load(files["shop_reports/defs/staging/orders/defs.yaml"])["attributes"]
    assert model["columns"] == {"order_id": {}, "customer_id": {}, "amount": {}}
    assert (
        'dg.TableColumn("order_id", type="", description="The number.")'
        in files["shop_reports/defs/marts/orders.py"]
    )
