"""Rows of an asset as a file elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("path", ["s3://exports/a/latest.parquet", "out/latest.parquet", "out/latest.csv"])
def test_an_export_is_written_and_read_back(project: Any, read: Any, path: str) -> None:
    project.model("marts/totals", "select range as id, 'x,y' as label, null as nothing from range(1200)")
    project.component(
        "exports/totals",
        "ObjectExport",
        {"key": "exports/totals", "asset": "marts/totals", "path": path, "demo_mode": True},
    )

    result = project.run()

    assert result.success, read.failure(result)
    told = read.metadata(result, "exports/totals")
    assert told["dagster/row_count"] == told["rows_read_back"] == 1200
    assert told["bytes"] > 0
