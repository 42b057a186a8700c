# pyright: basic, reportMissingImports=false, reportFunctionMemberAccess=false, reportAttributeAccessIssue=false, reportReturnType=false
"""Airflow's side of the workloads: read by Airflow's own Python."""

import os
import time
from itertools import pairwise
from pathlib import Path

from airflow.sdk import DAG, task


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


AT_ONCE = 4
for name, length in {"one": 1, "chain_10": 10, "chain_40": 40}.items():
    with DAG(name, schedule=None, max_active_runs=10) as dag:
        tasks = [nothing.override(task_id=f"nothing_{number:03}")() for number in range(length)]
        for before, after in pairwise(tasks):
            before.set_downstream(after)
    globals()[name] = dag

with DAG("side_100", schedule=None, max_active_tasks=AT_ONCE) as side_100:
    for number in range(100):
        nothing.override(task_id=f"nothing_{number:03}")()

with DAG("idle", schedule=None, max_active_tasks=AT_ONCE) as idle:
    for number in range(AT_ONCE):
        waiting.override(task_id=f"waiting_{number}")()
