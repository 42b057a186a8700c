"""Checks with a step of their own run when what they need is there."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest

pytestmark = pytest.mark.integration


def test_a_relationship_waits_for_the_other_table(project: Any, read: Any) -> None:
    """`staging/a_orders` does not read `staging/z_customers`, which is built later."""
    checks = [{"relationship": {"column": "customer_id", "to": "staging/z_customers"}}]
    project.model("staging/a_orders", "select * from (values (1), (7)) as t(customer_id)", checks=checks)
    project.model("staging/raw", "select 1 as customer_id")
    project.model("staging/cleaned", "select * from staging.raw")
    project.model("staging/z_customers", "select * from staging.cleaned")

    result = project.run()

    found = read.checks(result)["relationship_customer_id"]
    assert (found.passed, found.metadata["failed_rows"].value) == (False, 1)


FUNCTIONS = """
import dagster as dg

def returned(context):
    return dg.AssetCheckResult(passed=False, description=context.op_execution_context.op.name)

async def awaited():
    return dg.AssetCheckResult(passed=False)

def generated(context: dg.AssetCheckExecutionContext):
    yield dg.AssetCheckResult(passed=False)

@dg.asset_check(asset=dg.AssetKey(["marts", "numbers"]))
def own():
    return dg.AssetCheckResult(passed=True)
"""


@pytest.mark.parametrize("severity", ["warn", "error"])
@pytest.mark.parametrize("function", ["returned", "awaited", "generated"])
def test_a_function_of_the_project_is_as_severe_as_the_yaml_says(
    project: Any, read: Any, function: str, severity: str
) -> None:
    project.write("PACKAGE/quality.py", FUNCTIONS)
    check = {"python": f"quality.py:{function}", "name": "plausible", "severity": severity}
    project.model("marts/numbers", "select 1 as id", checks=[check])

    result = project.run()

    found = read.checks(result)["plausible"]
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity[severity.upper()])


def test_a_check_of_dagsters_says_itself_how_severe_it_is(project: Any) -> None:
    project.write("PACKAGE/quality.py", FUNCTIONS)
    project.model(
        "marts/numbers", "select 1 as id", checks=[{"python": "quality.py:own", "severity": "warn"}]
    )

    with pytest.raises(Exception, match="Error while") as error:
        project.load()

    assert "which says itself how severe it is" in str(error.value.__cause__)
