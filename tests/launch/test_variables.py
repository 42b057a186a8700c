"""What a run that was launched without a platform sees of the environment: as on a platform, `.env` after it, and no log-in."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from launch.launches import Ended, end, environment

pytestmark = [pytest.mark.integration, pytest.mark.slow]
CODE = """\
import json
import os
from pathlib import Path

import dagster as dg


@dg.asset
def seen() -> None:
    Path("seen.json").write_text(json.dumps(dict(os.environ)))


defs = dg.Definitions([seen], executor=dg.in_process_executor)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "definitions.py").write_text(CODE)
    return tmp_path


def launch(project: Path, *words: str, **given: str) -> Ended:
    command = [sys.executable, "-m", "dagway", "launch", "--select", "seen", *words, str(project)]
    pipe = subprocess.PIPE
    return end(subprocess.Popen(command, env=environment(**given), stdout=pipe, stderr=pipe, text=True))


def seen(project: Path, *words: str, **given: str) -> dict[str, str]:
    done = launch(project, *words, **given)
    assert done.status == 0, done.err
    return json.loads((project / "seen.json").read_text())


def test_the_environment_goes_first_and_nobody_learns_the_log_in(project: Path) -> None:
    home = project / "history"
    home.mkdir()
    (project / ".env").write_text(
        f"SHOP_A=file\nSHOP_B=${{SHOP_A}}\nSHOP_C=\nDAGSTER_HOME={home}\nDAGWAY_LOGIN_PASSWORD=hunter22\n"
    )
    found = seen(project, SHOP_A="shell", SHOP_C="shell", DAGWAY_LOGIN_USER="jo", DAGSTER_HOME="")
    names = ("SHOP_A", "SHOP_B", "SHOP_C", "DAGSTER_HOME")
    assert [found[name] for name in names] == ["shell", "shell", "shell", str(home)]
    assert [name for name in found if "LOGIN" in name] == []


def test_in_production_no_file_is_read(project: Path) -> None:
    (project / ".env").write_text("SHOP_A=file\nSHOP_B=file\n")
    assert "SHOP_A" not in seen(project, "--environment", "production")
    assert seen(project, SHOP_A="")["SHOP_A"] == "file"


def test_a_file_that_cannot_be_read_is_told(project: Path) -> None:
    (project / ".env").write_bytes(b"SHOP_A=\xff\n")
    done = launch(project)
    assert (done.status, "defect" in done.err) == (2, False)
    assert f"{project}/.env cannot be read: line 1 is not UTF-8." in done.err
