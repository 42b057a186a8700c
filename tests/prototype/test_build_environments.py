"""Environments: what differs becomes a setting, what cannot differ is refused."""

from pathlib import Path

import pytest
import yaml

from dagway.blueprint.mistake import BlueprintErrors
from dagway.prototype.plan import plan
from tests.prototype.blueprints import SMALL, loaded, rendered

DEFS = "shop_reports/defs"
EXPORT = 'exports:\n  report: {from: staging/orders, integration: s3, path: "s3://test/report.parquet"}\n'


def test_without_an_overlay_there_are_no_settings(tmp_path: Path) -> None:
    files = rendered(tmp_path)
    assert "shop_reports/environments.yaml" not in files
    assert not any("setting(" in text for path, text in files.items() if path.endswith("defs.yaml"))


def test_a_value_that_differs_is_a_setting_with_each_environments_value(tmp_path: Path) -> None:
    overlay = "environments:\n  production:\n    exports: {report: {path: 's3://real/report.parquet'}}\n"
    files = rendered(tmp_path, SMALL + EXPORT + overlay)
    export = yaml.safe_load(files[f"{DEFS}/exports/report/defs.yaml"])
    assert export["attributes"]["path"] == "{{ setting('exports/report.path') }}"
    assert export["attributes"]["asset"] == "staging/orders"
    assert yaml.safe_load(files["shop_reports/environments.yaml"]) == {
        "exports/report.path": {
            "default": "s3://test/report.parquet",
            "production": "s3://real/report.parquet",
        }
    }


def test_a_value_that_only_an_environment_has_is_empty_by_default(tmp_path: Path) -> None:
    overlay = (
        "environments:\n  production:\n    assets: {staging/orders: {tags: {tier: gold}, freshness: 36h}}\n"
    )
    settings = yaml.safe_load(rendered(tmp_path, SMALL + overlay)["shop_reports/environments.yaml"])
    assert settings["assets/staging/orders.freshness"] == {"default": None, "production": "36h"}
    assert settings["assets/staging/orders.tags"] == {
        "default": {"domain": "sales"},
        "production": {"domain": "sales", "tier": "gold"},
    }


def test_a_query_that_differs_lies_beside_the_defaults(tmp_path: Path) -> None:
    overlay = (
        "environments:\n  demo:\n    assets: {staging/orders: {sql: select * from shop.orders limit 1}}\n"
    )
    files = rendered(tmp_path, SMALL + overlay)
    assert files[f"{DEFS}/staging/orders/orders.sql"] == "select * from shop.orders\n"
    assert files[f"{DEFS}/staging/orders/orders.demo.sql"] == "select * from shop.orders limit 1\n"
    settings = yaml.safe_load(files["shop_reports/environments.yaml"])
    assert settings["assets/staging/orders.sql_file"] == {"default": "orders.sql", "demo": "orders.demo.sql"}


def test_what_follows_data_in_one_environment_has_its_conditions_in_the_project(tmp_path: Path) -> None:
    overlay = "environments:\n  production:\n    assets: {staging/orders: {automation: eager}}\n"
    files = rendered(tmp_path, SMALL + overlay)
    assert f"{DEFS}/automation.py" in files
    settings = yaml.safe_load(files["shop_reports/environments.yaml"])
    assert settings["assets/staging/orders.automation"] == {"default": None, "production": "eager"}


PYTHON = SMALL + "  marts/value: {python: logic.py:value, deps: [staging/orders]}\n"


ON_CRON = PYTHON.replace(
    "deps: [staging/orders]}", "deps: [staging/orders], automation: {on_cron: 0 5 * * *}}"
)
CHECKED = SMALL.replace("{unique: order_id}", "{unique: order_id}, {python: logic.py:right}")
OF_SOURCE = SMALL.replace("amount: DOUBLE}}", "amount: DOUBLE}, checks: [{python: logic.py:right}]}")
POLLED = SMALL + "sensors: {polled: {python: logic.py:poll, selection: '*', every: 1m}}\n"
OTHER_CHECKS = "has other checks in Python here"


@pytest.mark.parametrize(
    ("text", "overlay", "place", "said"),
    [
        (SMALL, "alerts: {ops: {when: run_failure, slack: '#ops'}}", "alerts", "adds `ops`; what runs"),
        (
            SMALL + "schedules: {daily: {cron: '0 5 * * *', selection: '*'}}\n",
            "schedules: {daily: null}",
            "schedules",
            "removes `daily`; what runs",
        ),
        (
            SMALL,
            "sources: {shop: {integration: filesystem, path: data/shop}}",
            "sources",
            "shop/orders is served by Files and elsewhere by SqlTables",
        ),
        (
            SMALL + EXPORT,
            "exports: {report: {integration: postgres, connection: \"{{ env('CRM') }}\", path: null, table: a.b}}",
            "exports",
            "exports/report is served by TableExport and elsewhere by ObjectExport",
        ),
        (PYTHON, "assets: {marts/value: {freshness: 36h}}", "assets", "another freshness here"),
        (PYTHON, "assets: {marts/value: {automation: eager}}", "assets", "another automation here"),
        (PYTHON, "owners: [team:ops]", "marts/value", "another owners here"),
        (ON_CRON, "timezone: Europe/Berlin", "marts/value", "another timezone here"),
        (
            CHECKED,
            "assets: {staging/orders: {checks: [{python: logic.py:right, severity: warn}]}}",
            "assets",
            f"staging/orders {OTHER_CHECKS}",
        ),
        (
            CHECKED,
            "assets: {staging/orders: {checks: [{unique: order_id}]}}",
            "assets",
            f"staging/orders {OTHER_CHECKS}",
        ),
        (
            SMALL,
            "assets: {staging/orders: {checks: [{python: logic.py:right}]}}",
            "assets",
            f"staging/orders {OTHER_CHECKS}",
        ),
        (
            OF_SOURCE,
            "sources: {shop: {tables: {orders: {checks: [{python: logic.py:wrong}]}}}}",
            "sources",
            f"shop/orders {OTHER_CHECKS}",
        ),
        (POLLED, "sensors: {polled: {every: 5m}}", "sensors: {polled: {e", "another every here"),
        (POLLED, "sensors: {polled: {python: logic.py:other}}", "logic.py:other", "another python here"),
        (
            POLLED,
            "sensors: {polled: {python: null, watch: 'inbox/*'}}",
            "watch",
            "polled is Python, one for all environments, and has another python here",
        ),
    ],
)
def test_what_cannot_differ_is_a_mistake_at_its_line(
    tmp_path: Path, text: str, overlay: str, place: str, said: str
) -> None:
    whole = f"{text}environments:\n  production:\n    {overlay}\n"
    with pytest.raises(BlueprintErrors) as refused:
        plan(loaded(tmp_path, whole))
    (mistake,) = refused.value.mistakes
    assert said in mistake.message
    assert "production" in mistake.message
    assert mistake.remedy
    assert place in whole.splitlines()[mistake.position.line - 1]


@pytest.mark.parametrize(
    ("text", "overlay"),
    [
        (PYTHON, "timezone: Europe/Berlin"),
        (CHECKED, "assets: {staging/orders: {checks: [{python: logic.py:right}, {not_null: order_id}]}}"),
        (POLLED, "sensors: {polled: {every: 60s}}"),
        (
            SMALL + "sensors: {come: {watch: 'inbox/*', selection: '*'}}\n",
            "sensors: {come: {watch: 'other/*', every: 2m}}",
        ),
    ],
)
def test_what_changes_no_python_may_differ(tmp_path: Path, text: str, overlay: str) -> None:
    whole = f"{text}environments:\n  production:\n    {overlay}\n"
    assert plan(loaded(tmp_path, whole)).assets
    assert rendered(tmp_path, whole)
