"""Checks of an asset that another definition builds."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest

pytestmark = pytest.mark.integration

ASSET = """
import dagster as dg

@dg.asset(key=["marts", "clv"], required_resource_keys={"warehouse"})
def clv(context) -> None:
    with context.resources.warehouse.session() as session:
        session.create_table("marts.clv", "select 1 as id union all select 1 as id")
"""
CHECK = '''
import dagster as dg

def plausible(context) -> dg.AssetCheckResult:
    """Looks right."""
    return dg.AssetCheckResult(passed=True, metadata={"seen": 1})
'''


def test_checks_run_after_the_asset(project: Any, read: Any) -> None:
    project.write("PACKAGE/defs/marts/clv.py", ASSET)
    project.write("PACKAGE/quality.py", CHECK)
    checks = [
        {"unique": "id", "name": "one_each"},
        {"row_count": {"min": 2}},
        {"freshness": "1h"},
        {"python": "quality.py:plausible"},
    ]
    project.component("marts/clv_checks", "DataChecks", {"asset": "marts/clv", "checks": checks})

    result = project.run()

    found = read.checks(result)
    assert {name: evaluation.passed for name, evaluation in found.items()} == {
        "one_each": False,
        "row_count": True,
        "freshness": True,
        "plausible": True,
    }
    assert found["one_each"].metadata["failed_rows"].value == 1


def test_a_missing_function_is_named(project: Any) -> None:
    project.component(
        "marts/checks", "DataChecks", {"asset": "marts/clv", "checks": [{"python": "quality.py:nothing"}]}
    )

    with pytest.raises(Exception, match="marts/checks") as error:
        project.load()
    assert "quality" in str(error.value.__cause__)


def test_the_number_of_rows_is_compared_with_earlier_ones(project: Any, read: Any) -> None:
    drift = {"within": "20%", "runs": 2}
    project.component("counts", "DataChecks", {"asset": "marts/orders", "row_count_drift": drift})
    with dg.instance_for_test() as instance:
        for rows, passed, mean in [
            (500, True, None),
            (100, False, 500),
            (105, False, 300),
            (110, True, 102.5),
        ]:
            project.model("marts/orders", f"select range as id from range({rows})")

            result = project.run(instance=instance)

            check = read.checks(result)["row_count_drift"]
            told = {name: value.value for name, value in check.metadata.items()}
            assert (check.passed, told["rows"], told.get("mean_of_earlier")) == (passed, rows, mean)
