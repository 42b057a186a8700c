"""With every integration installed, the library still comes without them: each is imported by the component that uses it."""

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.integration

HEAVY = (
    "dagster_airbyte",
    "dagster_census",
    "dagster_dbt",
    "dagster_dlt",
    "dagster_fivetran",
    "dagster_hightouch",
    "dagster_sling",
    "dagster_snowflake",
    "dbt",
    "dlt",
    "fakesnow",
    "feast",
    "google.auth",
    "redis",
    "snowflake.connector",
)


def test_importing_the_components_imports_no_integration() -> None:
    script = f"""
import importlib.util, json, sys
missing = [name for name in {HEAVY!r} if importlib.util.find_spec(name) is None]
import dagway.components
print(json.dumps([missing, [name for name in {HEAVY!r} if name in sys.modules]]))
"""
    printed = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    missing, imported = json.loads(printed.stdout)
    assert missing == [], "the environment of integrations lacks a package: run make setup-integrations"
    assert imported == []
