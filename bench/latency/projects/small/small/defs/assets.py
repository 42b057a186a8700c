# pyright: basic, reportMissingImports=false, reportFunctionMemberAccess=false, reportAttributeAccessIssue=false, reportReturnType=false
"""Assets that do nothing, and four that wait to be released."""

import os
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import dagster as dg

from small.executor import executor


def nothing(name: str, group: str, upstream: list[str]) -> dg.AssetsDefinition:
    """An asset without data: what is left is what starting it costs."""

    @dg.asset(name=name, group_name=group, deps=upstream)
    def asset() -> None: ...

    return asset


def waiting(name: str) -> dg.AssetsDefinition:
    """An asset that says which process it is in, and ends when the file `released` appears."""

    @dg.asset(name=name, group_name="idle")
    def asset() -> None:
        folder = Path(os.environ["BENCH_IDLE"])
        (folder / str(os.getpid())).touch()
        while not (folder / "released").exists():
            time.sleep(0.1)

    return asset


def chain(group: str, length: int) -> Iterator[dg.AssetsDefinition]:
    """Each depends on the one before."""
    names = [f"{group}_{number:03}" for number in range(length)]
    yield nothing(names[0], group, [])
    for before, name in pairwise(names):
        yield nothing(name, group, [before])


def job(group: str) -> dg.JobDefinition:
    """All of one group."""
    return dg.define_asset_job(group, selection=dg.AssetSelection.groups(group))


@dg.definitions
def defs() -> dg.Definitions:
    """The workloads: a job for each group of assets."""
    side = [nothing(f"side_100_{number:03}", "side_100", []) for number in range(100)]
    idle = [waiting(f"idle_{number}") for number in range(4)]
    chains = [*chain("one", 1), *chain("chain_10", 10), *chain("chain_40", 40)]
    groups = ("one", "chain_10", "chain_40", "side_100", "idle")
    return dg.Definitions(
        assets=[*chains, *side, *idle], jobs=[job(group) for group in groups], executor=executor()
    )
