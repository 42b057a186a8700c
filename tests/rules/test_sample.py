"""The sample project: with it the image has imported and made what a project of the usual parts needs for the first time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dagway.rules.sample import load_sample

pytestmark = pytest.mark.integration
DEFINITIONS = """
import dagster as dg


class Service(dg.ConfigurableResource):
    url: str


@dg.asset(automation_condition=dg.AutomationCondition.on_cron("0 1 * * *"))
def orders(service: Service) -> dg.MaterializeResult:
    '''Orders.

    Args:
        service: what answers.
    '''
    return dg.MaterializeResult()


@dg.asset_check(asset=orders)
def is_there(orders: int) -> dg.AssetCheckResult: ...


job = dg.define_asset_job("daily", selection="group:default")
defs = dg.Definitions(
    assets=[orders],
    asset_checks=[is_there],
    jobs=[job],
    schedules=[dg.ScheduleDefinition(job=job, cron_schedule="0 2 * * *")],
    resources={"service": Service(url=dg.EnvVar("URL"))},
)
"""
PROGRAM = """
import sys
from pathlib import Path
import dagway.rules.image
from dagway.project.load import load
before = set(sys.modules)
assert load(Path(sys.argv[1])).assets
print(sorted(name for name in set(sys.modules) - before if name.startswith(("dagster", "dagway"))))
"""


def test_it_has_a_bit_of_everything_and_leaves_nothing() -> None:
    assert load_sample() == 6
    assert [name for name in sys.modules if name.startswith("dagway_sample")] == []


def test_a_project_imports_nothing_more_of_dagster(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "definitions.py").write_text(DEFINITIONS)
    words = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "[]"
