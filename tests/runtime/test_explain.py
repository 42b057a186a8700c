"""Why runs would start cold, without a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagway.errors import DagwayError
from dagway.runtime.explain import explain

pytestmark = pytest.mark.integration

DEFINITIONS = "import dagster as dg\n{before}\ndefs = dg.Definitions()\n"


def write(folder: Path, before: str = "") -> list[str]:
    (folder / "definitions.py").write_text(DEFINITIONS.format(before=before))
    return ["-f", "definitions.py"]


def test_nothing_where_runs_start_warm(tmp_path: Path) -> None:
    assert explain(write(tmp_path, "import pandas"), str(tmp_path)) == ()


def test_the_library_and_the_module_are_named(tmp_path: Path) -> None:
    (tmp_path / "lookup.py").write_text(
        "import polars as pl\nRATES = pl.DataFrame({'a': list(range(9999))}).lazy().group_by(pl.col('a') % 3).agg(pl.len()).collect()\n"
    )
    found = explain(write(tmp_path, "import lookup"), str(tmp_path))
    assert any(obstacle.library == "polars" and "thread" in obstacle.what for obstacle in found)
    assert all(obstacle.seen for obstacle in found)


def test_definitions_that_do_not_load_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(DagwayError, match="do not load"):
        explain(write(tmp_path, "raise ValueError('no good')"), str(tmp_path))
