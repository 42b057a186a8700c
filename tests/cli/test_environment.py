"""Variables that hold for a while, and what a plan does not look for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dagway.cli._environment import variable

NAME = "DAGWAY_TEST_VARIABLE"
SALES = Path(__file__).parents[2] / "examples" / "sales_analytics" / "blueprint.yaml"
_REFUSING = """
import importlib.metadata
def refuse():
    raise SystemExit("every installed package was looked at")
importlib.metadata.distributions = refuse
from dagway.cli.main import main
main()
"""


@pytest.mark.parametrize("before", [None, "before"])
@pytest.mark.parametrize("value", [None, "now"])
def test_a_variable_holds_for_a_while(
    monkeypatch: pytest.MonkeyPatch, before: str | None, value: str | None
) -> None:
    monkeypatch.delenv(NAME, raising=False)
    if before:
        monkeypatch.setenv(NAME, before)
    with variable(NAME, value):
        assert os.environ.get(NAME) == (value or before)
    assert os.environ.get(NAME) == before


def test_a_plan_looks_for_no_plugins() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _REFUSING, "plan", str(SALES)], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
