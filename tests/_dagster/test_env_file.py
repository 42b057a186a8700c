"""Dagster's commands and the `.env` of their working directory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

#: What a command of Dagster does first, and then sees.
_COMMAND = """
import os
from dagster._cli.utils import get_temporary_instance_for_cli
with get_temporary_instance_for_cli():
    print(os.environ.get("FROM_FILE"), os.environ["FROM_BOTH"])
"""
_ALONE = "from dagway._dagster import env_file\nenv_file.leave_alone()\n"


@pytest.mark.parametrize(("before", "seen"), [("", "file file"), (_ALONE, "None shell")])
def test_commands_that_leave_it_alone_have_the_environment(tmp_path: Path, before: str, seen: str) -> None:
    (tmp_path / ".env").write_text("FROM_FILE=file\nFROM_BOTH=file\n")
    done = subprocess.run(
        [sys.executable, "-c", before + _COMMAND],
        cwd=tmp_path,
        env={"FROM_BOTH": "shell", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.split("\n")[0] == seen, done.stderr
