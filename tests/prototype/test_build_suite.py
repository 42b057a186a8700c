"""The project's own tests: what they build, and which of them there are."""

from pathlib import Path

from dagway.blueprint.load import load
from dagway.prototype.build import render
from dagway.prototype.build.assets import condition

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_a_partitioned_project_builds_each_table_at_once_and_one_part_again() -> None:
    files = render(load(EXAMPLES / "weather" / "blueprint.yaml"))
    conftest, parts = files["tests/conftest.py"], files["tests/test_partitions.py"]
    assert isinstance(conftest, bytes)
    assert b"partitions_def=None" in conftest
    assert isinstance(parts, bytes)
    assert b'PARTITIONED = [\n    "staging/days",' in parts


def test_a_project_without_partitions_has_no_code_for_them() -> None:
    files = render(load(EXAMPLES / "sales_analytics" / "blueprint.yaml"))
    conftest = files["tests/conftest.py"]
    assert isinstance(conftest, bytes)
    assert b"partition" not in conftest
    assert "tests/test_partitions.py" not in files


def test_a_long_condition_has_a_line_for_each_operand() -> None:
    made = condition("on_cron('0 6 * * *') | on_missing", "Europe/Berlin")
    assert made is not None
    assert made.text.split("\n") == [
        'dg.AutomationCondition.on_cron("0 6 * * *", "Europe/Berlin")',
        "    | dg.AutomationCondition.on_missing()",
    ]
