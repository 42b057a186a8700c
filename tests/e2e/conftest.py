"""The command line as a person runs it: in a process of its own, in folders of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
BIN = Path(sys.executable).parent
FOREIGN = ("DAGWAY_", "DAGSTER_", "AWS_", "SLACK_", "SHOP_", "SNOWFLAKE_", "WAREHOUSE_", "DEMO_")


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    status: int
    out: str
    error: str

    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Built:
    """A project that `dagway prototype` built, and what its proof showed."""

    folder: Path
    done: Done

    @property
    def evidence(self) -> dict[str, Any]:
        return read_evidence(self.folder)


Run = Callable[..., Done]


def read_evidence(project: Path) -> dict[str, Any]:
    return json.loads((project / "evidence" / "evidence.json").read_text(encoding="utf-8"))


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """The environment of a person who has set nothing but these; lines are wide, so that no sentence is broken."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return {**kept, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "500", **variables}


@pytest.fixture(scope="session")
def run() -> Run:
    """Runs a command of the environment: `run("dagway", "plan", path, cwd=folder, NAME="value")`."""

    def ended(*words: object, cwd: Path | None = None, **variables: str) -> Done:
        command = [str(BIN / str(words[0])), *map(str, words[1:])]
        done = subprocess.run(
            command, cwd=cwd, env=environment(variables), capture_output=True, text=True, check=False
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return ended


@pytest.fixture
def sales_blueprint(tmp_path: Path) -> Path:
    """The sales example, free to be changed."""
    return copytree(EXAMPLES / "sales_analytics", tmp_path / "sales_analytics") / "blueprint.yaml"


@pytest.fixture(scope="session")
def asked_beyond(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where processes without a network note whom they asked for."""
    return tmp_path_factory.mktemp("network") / "asked"


@pytest.fixture(scope="session")
def no_network(asked_beyond: Path) -> dict[str, str]:
    """Variables that leave a command, and all that it starts, the sockets of this machine alone."""
    return {"PYTHONPATH": str(Path(__file__).parent / "no_network"), "ASKED_BEYOND": str(asked_beyond)}


@pytest.fixture(scope="session")
def sales(run: Run, tmp_path_factory: pytest.TempPathFactory, no_network: dict[str, str]) -> Built:
    """The sales example, built and proven in demo mode without a network. Nobody changes it."""
    out = tmp_path_factory.mktemp("sales") / "out"
    blueprint = EXAMPLES / "sales_analytics" / "blueprint.yaml"
    return Built(out, run("dagway", "prototype", blueprint, out, "--demo", **no_network))
