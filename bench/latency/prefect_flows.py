# pyright: basic, reportMissingImports=false, reportFunctionMemberAccess=false, reportAttributeAccessIssue=false, reportReturnType=false
"""Prefect's side of the workloads: run by Prefect's own Python, which serves each as a deployment."""

import os
import sys
import time
from pathlib import Path

from prefect import flow, serve, task
from prefect.task_runners import ThreadPoolTaskRunner


@task
def nothing() -> None:
    """A task without work."""


@task
def waiting() -> None:
    """Says which process it is in, and ends when the file `released` appears."""
    folder = Path(os.environ["BENCH_IDLE"])
    (folder / str(os.getpid())).touch()
    while not (folder / "released").exists():
        time.sleep(0.1)


@flow(name="one")
def one() -> None:
    """A single task."""
    nothing()


@flow(name="chain_10")
def chain_10() -> None:
    """Ten tasks one after another."""
    for _ in range(10):
        nothing()


@flow(name="chain_40")
def chain_40() -> None:
    """Forty tasks one after another."""
    for _ in range(40):
        nothing()


@flow(name="side_100", task_runner=ThreadPoolTaskRunner(max_workers=4))
def side_100() -> None:
    """A hundred tasks, four at a time."""
    for future in [nothing.submit() for _ in range(100)]:
        future.wait()


@flow(name="idle")
def idle() -> None:
    """One task that waits: all of a flow's tasks are in the flow's process."""
    waiting()


if __name__ == "__main__":
    served = [each.to_deployment(name="bench") for each in (one, chain_10, chain_40, side_100, idle)]
    serve(*served, limit=int(sys.argv[1]))
