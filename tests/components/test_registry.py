"""Dagster's own command sees the components and checks their YAML."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from component_fields import fields

import dagway.components

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("name", dagway.components.__all__)
def test_every_field_has_a_description(name: str) -> None:
    schema = getattr(dagway.components, name).model().model_json_schema(by_alias=True)

    assert [field for field, value in fields(schema).items() if not value.get("description")] == []
    assert getattr(dagway.components, name).__doc__


def test_dg_check_yaml_names_what_is_wrong(project: Any) -> None:
    project.component(
        "marts/a", "SqlModel", {"key": "marts/a", "sql_fil": "a.sql", "checks": [{"uniqe": "id"}]}
    )

    code = "from dagster_dg_cli.cli import main; main()"
    found = subprocess.run(
        [sys.executable, "-c", code, "check", "yaml"], cwd=project.root, capture_output=True, text=True
    )

    assert found.returncode == 1
    assert "'sql_fil' was unexpected" in found.stdout
    assert "uniqe" in found.stdout


def test_the_package_registers_its_components() -> None:
    from importlib.metadata import entry_points

    registered = {point.value for point in entry_points(group="dagster_dg_cli.registry_modules")}
    assert "dagway.components" in registered
