"""Snowflake's connector in warm runs: over HTTP, to a server that speaks Snowflake's protocol on DuckDB."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterRunStatus
from served_location import served_location

pytestmark = [pytest.mark.integration, pytest.mark.slow]

SERVER = """
import json, sys
import fakesnow

with fakesnow.server() as settings:
    # Its own second is too short for a busy machine.
    print(json.dumps({**settings, "network_timeout": 120, "login_timeout": 120}), flush=True)
    sys.stdin.read()
"""
CODE = """
import json
import dagster as dg, dagway
import snowflake.connector

SETTINGS = json.loads({settings!r})
{before}

@dg.asset
def answer() -> int:
    with snowflake.connector.connect(**SETTINGS) as connection:
        return int(connection.cursor().execute("select sum(a) from values (40), (2) as t(a)").fetchall()[0][0])

@dg.asset(deps=[answer])
def again() -> int:
    with snowflake.connector.connect(**SETTINGS) as connection:
        return int(connection.cursor().execute("select 1").fetchall()[0][0])

defs = dg.Definitions(
    [answer, again], executor=dagway.warm_executor, jobs=[dg.define_asset_job("both", [answer, again])]
)
"""


@pytest.fixture(scope="module")
def settings() -> Iterator[str]:
    """How to connect, as JSON."""
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdout is not None
    yield server.stdout.readline().strip()
    server.communicate()


def results(storage: Path) -> dict[str, Any]:
    return {name: int(pickle.loads((storage / name).read_bytes())) for name in ("answer", "again")}


def test_in_steps_it_works_warm(tmp_path: Path, settings: str) -> None:
    assert json.loads(settings)["protocol"] == "http"
    with served_location(tmp_path, CODE.format(settings=settings, before="")) as served:
        for _ in range(2):
            assert served.finish(served.launch("both")).status == DagsterRunStatus.SUCCESS, served.output()
            assert results(Path(served.instance.storage_directory())) == {"answer": 42, "again": 1}
        assert "Runs start warm" in served.output()


def test_a_session_that_is_open_at_load_is_named_and_steps_work_cold(tmp_path: Path, settings: str) -> None:
    before = "KEPT = snowflake.connector.connect(**SETTINGS)"
    with served_location(tmp_path, CODE.format(settings=settings, before=before)) as served:
        assert served.finish(served.launch("both")).status == DagsterRunStatus.SUCCESS
        told = next(line for line in served.output().splitlines() if "Runs start cold" in line)
        assert f"an open connection to 127.0.0.1:{json.loads(settings)['port']}" in told
