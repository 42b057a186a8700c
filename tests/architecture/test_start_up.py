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
