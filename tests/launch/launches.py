"""A project to launch, and `dagway launch` on it as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
from processes import until

PROJECT = """\
import os
import time
from pathlib import Path

import dagster as dg

SCRATCH = Path(__file__).parent / "scratch"
with (SCRATCH / "loads").open("a") as loads:
    loads.write("x")


def note(name: str) -> None:
    (SCRATCH / name).write_text(str(os.getpid()))


@dg.asset
def raw(context: dg.AssetExecutionContext) -> None:
    context.log.info("ten rows")
    print("printed by raw")


@dg.asset(deps=[raw], group_name="mart", owners=["team:data"], kinds={"python"})
def clean() -> None: ...


@dg.asset_check(asset=clean)
def is_clean() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN)


@dg.asset
def broken() -> None:
    if not (SCRATCH / "mended").exists():
        raise ValueError("the cupboard is bare")


@dg.asset(deps=[broken])
def after() -> None: ...


DAYS = dg.StaticPartitionsDefinition(["mon", "tue", "wed"])


@dg.asset(partitions_def=DAYS)
def daily(context: dg.AssetExecutionContext) -> None:
    print("day", context.partition_key)


@dg.asset(partitions_def=dg.StaticPartitionsDefinition(["mon", "jan"]))
def other() -> None: ...


class Door(dg.ConfigurableResource):
    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        note("closed")


@dg.asset
def slow(door: Door) -> None:
    note("slow")
    time.sleep(600)


@dg.asset
def stubborn() -> None:
    note("stubborn")
    while True:
        try:
            time.sleep(600)
        except BaseException:
            note("refused")


@dg.asset
def deadly() -> None:
    os.kill(os.getpid(), 9)


@dg.op(config_schema={"n": int})
def one(context: dg.OpExecutionContext) -> int:
    return context.op_config["n"]


@dg.op
def two(n: int) -> None:
    print("two got", n)


@dg.job(executor_def=dg.in_process_executor)
def ops() -> None:
    two(one())


defs = dg.Definitions(
    assets=[raw, clean, broken, after, daily, other, slow, stubborn, deadly],
    asset_checks=[is_clean],
    jobs=[ops],
    resources={"door": Door()},
)
"""
#: The line on which `broken` fails.
BARE = next(n for n, line in enumerate(PROJECT.splitlines(), start=1) if "bare" in line)


def write_project(folder: Path) -> Path:
    """The project in a folder of its own."""
    (folder / "scratch").mkdir(parents=True)
    (folder / "definitions.py").write_text(PROJECT)
    return folder


@dataclass(frozen=True)
class Ended:
    """What a launch that is over said."""

    status: int
    out: str
    err: str

    @property
    def result(self) -> dict[str, Any]:
        return json.loads(self.out)


def environment(**more: str) -> dict[str, str]:
    """Without what would change where runs are recorded, and how they are printed."""
    base = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DAGSTER_", "DAGWAY_")) and name not in {"COLUMNS", "FORCE_COLOR"}
    }
    return {**base, **more}


def start(project: Path, *words: str) -> subprocess.Popen[str]:
    """`dagway launch`, under way."""
    return subprocess.Popen(
        [sys.executable, "-m", "dagway", "launch", *words, str(project)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def launch(project: Path, *words: str) -> Ended:
    """`dagway launch`, to its end."""
    return end(start(project, *words))


def end(process: subprocess.Popen[str], seconds: float = 180) -> Ended:
    """Waits for it."""
    out, err = process.communicate(timeout=seconds)
    return Ended(process.returncode, out, err)


def said_pid(project: Path, name: str) -> int:
    """The process of a step, once it has said it."""
    place = project / "scratch" / name
    return int(until(lambda: place.read_text() if place.exists() else None, f"the step {name}"))


def runs(project: Path) -> Sequence[dg.DagsterRun]:
    """What is recorded in the project's home."""
    home = project / ".dagway" / "home"
    if not home.exists():
        return []
    with dg.DagsterInstance.from_config(str(home)) as instance:
        return instance.get_runs()


def noted(project: Path, run_id: str, tags: dict[str, str]) -> None:
    """Adds tags to a run, as a daemon does."""
    with dg.DagsterInstance.from_config(str(project / ".dagway" / "home")) as instance:
        instance.add_run_tags(run_id, tags)


def children(pid: int) -> list[int]:
    """The processes that a process has started itself."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(word) for task in tasks for word in task.read_text().split()]
