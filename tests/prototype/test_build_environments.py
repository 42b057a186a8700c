"""Environments: what differs becomes a setting, what cannot differ is refused."""

from pathlib import Path

import pytest
import yaml

from dagway.errors import DagwayError
from tests.prototype.blueprints import SMALL, rendered

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


def test_a_line_that_only_an_environment_has_is_refused(tmp_path: Path) -> None:
    overlay = "environments:\n  production:\n    alerts: {ops: {when: run_failure, slack: '#ops'}}\n"
    with pytest.raises(DagwayError, match=r"environments\.production adds or drops alerts/ops"):
        rendered(tmp_path, SMALL + overlay)


def test_another_kind_of_system_is_refused(tmp_path: Path) -> None:
    overlay = "environments:\n  demo:\n    sources: {shop: {integration: filesystem, path: data/shop}}\n"
    with pytest.raises(DagwayError, match=r"makes sources/shop dagway\.components\.Files"):
        rendered(tmp_path, SMALL + overlay)


def test_a_change_of_python_is_refused(tmp_path: Path) -> None:
    text = SMALL + "  marts/value: {python: logic.py:value, deps: [staging/orders]}\n"
    overlay = "environments:\n  production:\n    assets: {marts/value: {freshness: 36h}}\n"
    with pytest.raises(DagwayError, match=r"environments\.production changes what stands in marts/value\.py"):
        rendered(tmp_path, text + overlay)
