"""The run of nothing before the first run: nobody hears of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from dagster._core.instance.ref import InstanceRef

from dagway._dagster.rehearsal import rehearse


def test_no_warning_of_a_home_that_is_nobodys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def warnings() -> list[str]:
        return [record.getMessage() for record in caplog.records if "dagster.yaml" in record.getMessage()]

    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    rehearse()
    assert warnings() == []
    # A home that is somebody's is told of, and would be seen here.
    InstanceRef.from_dir(str(tmp_path))
    assert len(warnings()) == 1
