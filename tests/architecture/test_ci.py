"""CI runs what `.ci/run` runs, on every Python that is supported; and that is what Contributing says."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
RUN = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
#: Commands that test, and that CI leaves out: Contributing says so of each.
LEFT_OUT = {"test-warm-runs", "test-kills", "test-fuzz"}


def targets() -> set[str]:
    return set(
        re.findall(r"^([a-z0-9-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )


@pytest.fixture
def job() -> dict[str, Any]:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    return workflow["jobs"]["test"]


def test_the_workflow_calls_the_script_and_nothing_beside_it(job: dict[str, Any]) -> None:
    commands = [step["run"] for step in job["steps"] if "run" in step]
    assert ".ci/run" in commands
    assert not [command for command in commands if "make" in command]


def test_every_supported_python_is_tried(job: dict[str, Any]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    supported = [text.rpartition(" ")[2] for text in project["classifiers"] if re.search(r":: 3\.\d+$", text)]
    assert supported
    assert job["strategy"]["matrix"]["python"] == supported


def test_the_script_runs_every_test_but_those_that_are_said_to_be_left_out() -> None:
    run = set(re.findall(r"^make ([a-z0-9-]+)$", RUN, re.MULTILINE))
    assert run == {name for name in targets() if name.startswith("test")} - LEFT_OUT | {"check"}
