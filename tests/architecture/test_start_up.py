"""What importing costs: the bare package and the tables of the command line stay light."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("dagster", "pydantic", "rich", "pandas", "duckdb", "sqlglot", "pyarrow", "sqlalchemy", "polars")


@pytest.mark.parametrize(
    "module", ["dagway", "dagway.errors", "dagway.cli.main", "dagway.sql", "dagway.catalog"]
)
def test_importing_is_light(module: str) -> None:
    code = f"import sys, {module}; print([name for name in {HEAVY!r} if name in sys.modules])"
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert shown.stdout == "[]\n"


def test_rules_of_text_do_without_dagster() -> None:
    """`dagway check --no-load` takes tenths of a second where nothing has changed; to import Dagster takes one."""
    code = "import sys; from dagway.rules.library import library; library(); print('dagster' in sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert shown.stdout == "False\n"
