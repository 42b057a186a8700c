"""Checks with a step of their own run when what they need is there."""

from __future__ import annotations

from typing import Any

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
