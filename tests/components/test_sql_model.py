"""Tables and views that queries make."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.integration


def test_a_table_of_a_query_has_its_rows_checks_and_metadata(project: Any, read: Any) -> None:
    project.model("staging/orders", "select * from (values (1, 10.5), (2, 3.0)) as t(order_id, amount);")
    project.model(
        "marts/total",
        "select sum(amount) as total from staging.orders",
        description="All of it.",
        checks=[{"row_count": {"min": 1, "max": 1}}],
    )

    result = project.run()

    assert result.success, read.failure(result)
    assert [float(row[0]) for row in project.rows("select total from marts.total")] == [13.5]
    told = read.metadata(result, "marts/total")
    assert told["dagster/row_count"] == 1
    assert told["dagster/table_name"] == "marts.total"
    assert "13.5" in told["preview"]
    assert "sum(amount)" in told["query"]
    assert [column.name for column in told["dagster/column_schema"].columns] == ["total"]
    assert read.checks(result)["row_count"].passed
