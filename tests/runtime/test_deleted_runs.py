"""Runs that somebody deletes while they go on: no longer than their code server."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest
from processes import is_alive, until
from served_location import served_location

pytestmark = [pytest.mark.integration, pytest.mark.slow]

CODE = """
import os, time
from pathlib import Path
import dagster as dg

def note(name: str) -> None:
    Path(f".{name}").write_text(str(os.getpid()))
    os.rename(f".{name}", name)

@dg.asset
def waits():
    note("waits")
    time.sleep(600)

@dg.asset
def stored():
    note("stored")
    while not os.path.exists("enough"):
        time.sleep(0.02)

@dg.asset
def stubborn():
    note("stubborn")
    while True:
        try:
            time.sleep(600)
        except BaseException:
            note("refused")

def job(asset):
    return dg.define_asset_job(f"{asset.key.path[0]}_job", [asset], executor_def=dg.in_process_executor)

defs = dg.Definitions([waits, stored, stubborn], jobs=[job(waits), job(stored), job(stubborn)])
"""


def process_of(folder: Path, name: str) -> int:
    """The process that an asset is in."""
    return int(until(lambda: (folder / name).exists() and (folder / name).read_text(), f"the asset {name}"))


def test_their_processes_are_interrupted_when_the_server_ends_and_told_of_where_they_go_on(
    tmp_path: Path,
) -> None:
    names = ("waits", "stubborn", "stored")
    with served_location(tmp_path, CODE) as location:
        runs = {name: location.launch(f"{name}_job") for name in names}
        processes = {name: process_of(tmp_path, name) for name in names}
        try:
            for name in ("waits", "stubborn"):
                location.instance.delete_run(runs[name])
            location.server.send_signal(signal.SIGTERM)
            until(lambda: not is_alive(processes["waits"]), "the end of the run that was deleted")
            until(lambda: "it goes on" in location.output(), "the word of the other")
            said = location.output()
            for name in ("waits", "stubborn"):
                assert f"Run {runs[name]} was deleted while it went on: its process is interrupted." in said
            assert (
                f"The process of run {runs['stubborn']}, which was deleted, does not end: it goes on." in said
            )
            assert f"{runs['waits']}, which was deleted, does not end" not in said
            assert (tmp_path / "refused").exists()
            # What is stored goes on, and is nobody's business here.
            assert is_alive(processes["stored"])
            assert f"Run {runs['stored']} was deleted" not in said
        finally:
            (tmp_path / "enough").touch()
            for pid in processes.values():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
