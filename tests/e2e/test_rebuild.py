"""Building again: what a person did stays, what Dagway wrote follows the blueprint, and nothing is ever half-written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.slow]

EXAMPLES = Path(__file__).parents[2] / "examples"
OWN_ASSET = '''\
"""An asset that no blueprint knows."""

import dagster as dg
import pandas as pd


@dg.asset(key=["marts", "own_numbers"], group_name="marts", description="Written by hand.", kinds={"pandas"})
def own_numbers() -> pd.DataFrame:
    return pd.DataFrame({"number": [1, 2, 3]})
'''


def contents(folder: Path) -> dict[str, bytes]:
    """The project's files without what runs leave behind."""
    files = (path for path in folder.rglob("*") if path.is_file())
    kept = (path for path in files if not {".dagway", "__pycache__", "evidence"} & set(path.parts))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in kept}


def test_what_a_person_changed_stays(run: Any, sales_blueprint: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    build = ("dagway", "prototype", sales_blueprint, out)
    assert run(*build, "--no-verify").status == 0
    query = out / "sales_analytics" / "defs" / "marts" / "revenue_by_region" / "revenue_by_region.sql"
    mine = query.read_text().replace("'unknown'", "'nowhere'")
    query.write_text(mine)
    own = out / "sales_analytics" / "defs" / "marts" / "own_numbers.py"
    own.write_text(OWN_ASSET)
    text = sales_blueprint.read_text().replace("count(*) as customers", "count(*) as buyers")
    sales_blueprint.write_text(text.replace("Kind of customer.", "Kind of buyer."))
    before = contents(out)

    shown = run(*build, "--diff")
    assert shown.status == 0
    assert "buyers" in shown.out
    assert contents(out) == before

    done = run(*build, "--demo")
    assert query.read_text() == mine
    beside = query.with_name(query.name + ".dagway-new")
    assert "buyers" in beside.read_text()
    assert "+" in done.out
    assert "buyers" in done.out
    assert "Kind of buyer." in (out / "sales_analytics" / "defs" / "shop" / "defs.yaml").read_text()
    evidence = json.loads((out / "evidence" / "evidence.json").read_text())
    assert evidence["assets"]["marts/own_numbers"]["rows"] == 3
    assert evidence["requirements"]["R6"]["met"] is True


def started(*words: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "dagway", *map(str, words)]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, stdout=quiet, stderr=quiet, start_new_session=True)


def killed_when(process: subprocess.Popen[bytes], ready: Callable[[], bool]) -> None:
    """Kill the process at once when the moment is there."""
    deadline = time.monotonic() + 120
    while not ready() and process.poll() is None:
        assert time.monotonic() < deadline, "the moment never came"
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it was done before it could be killed"


def working_in(folder: Path) -> list[str]:
    """Processes whose current folder is this one or below."""
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            where = os.readlink(process / "cwd")  # noqa: PTH115  a link of a process that may be gone
        except OSError:
            continue
        if Path(where).is_relative_to(folder):
            found.append(process.name)
    return found


@pytest.mark.parametrize("moment", [".dagway/pending", "pyproject.toml", ".dagway/manifest.json"])
def test_a_killed_build_is_completed_by_the_next(run: Any, tmp_path: Path, moment: str) -> None:
    assert run("python", EXAMPLES / "thousand" / "generate.py", 100, tmp_path).status == 0
    blueprint, out, whole = tmp_path / "blueprint.yaml", tmp_path / "out", tmp_path / "whole"
    process = started("prototype", blueprint, out, "--no-verify")
    killed_when(process, (out / moment).exists)

    done = run("dagway", "prototype", blueprint, out, "--no-verify")
    assert done.status == 0, done.error
    assert run("dagway", "prototype", blueprint, whole, "--no-verify").status == 0
    assert contents(out) == contents(whole)
    assert not (out / ".dagway" / "pending").exists()


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="looks for processes in /proc")
def test_a_killed_proof_leaves_no_process_and_the_next_completes(
    run: Any, sales_blueprint: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    killed_when(started("prototype", sales_blueprint, out, "--demo"), (out / "data" / "demo.duckdb").exists)
    assert not (out / "evidence" / "evidence.json").exists()
    deadline = time.monotonic() + 60
    while left := working_in(out):
        assert time.monotonic() < deadline, f"still running: {left}"

    done = run("dagway", "prototype", sales_blueprint, out, "--demo")
    assert done.status == 0, done.out + done.error
    assert "6 of 6 requirements met" in done.out
