"""`dagway env`: variables, their sources, and what is missing."""

from __future__ import annotations

import json
from pathlib import Path

from served_platform import dagway, project


def test_what_is_missing_is_status_1_and_no_secret_is_shown(tmp_path: Path) -> None:
    secret = "hunter22-hunter22"
    shown = dagway(
        project(tmp_path), "env", "--profile", "postgres", environment={"DAGSTER_POSTGRES_PASSWORD": secret}
    )
    assert shown.returncode == 1
    assert secret not in shown.stdout
    found = {
        one["name"]: one
        for one in json.loads(dagway(tmp_path, "env", "--profile", "postgres", "--json").stdout)
    }
    assert found["DAGSTER_POSTGRES_USER"]["source"] == "missing"
    assert found["DAGSTER_POSTGRES_HOST"]["source"] == "default"
    assert dagway(tmp_path, "env").returncode == 0
