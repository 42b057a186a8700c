"""`python -m bench.launch [ROUNDS]`: one trivial asset by `dagway launch` and by `dg launch`, in turns.

Processor time of the command and all that it starts, and wall-clock time; medians, and the ratio of each pair.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

PROJECT = """\
import dagster as dg


@dg.asset
def nothing() -> None: ...


defs = dg.Definitions(assets=[nothing])
"""
ROUNDS = 5
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Cost:
    """Seconds."""

    processor: float
    wall: float


def main(rounds: int) -> None:
    """Prints the table."""
    adopt()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "definitions.py").write_text(PROJECT)
        (folder / "home").mkdir()
        (folder / "home" / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
        beside = Path(sys.executable).parent
        ours = [str(beside / "dagway"), "launch", "--select", "nothing"]
        stock = [str(beside / "dg"), "launch", "--assets", "nothing", "-f", "definitions.py"]
        # The first of each compiles what is not compiled yet.
        for command in (ours, stock):
            measure(command, folder)
        pairs = [(measure(ours, folder), measure(stock, folder)) for _ in range(rounds)]
    for what in ("processor", "wall"):
        mine, theirs = ([getattr(pair[side], what) for pair in pairs] for side in (0, 1))
        ratio = statistics.median(b / a for a, b in zip(mine, theirs, strict=True))
        print(
            f"{what:<10} dagway launch {statistics.median(mine):6.2f} s   dg launch {statistics.median(theirs):6.2f} s"
            f"   {ratio:.1f} x"
        )


def measure(command: list[str], folder: Path) -> Cost:
    """Runs it to its end.

    Raises:
        RuntimeError: it failed.
    """
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"PYTHONDONTWRITEBYTECODE", "DAGWAY_URL"}
    }
    environment["DAGSTER_HOME"] = str(folder / "home")
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    wall = time.monotonic() - started
    reap()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return Cost(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall)


def adopt() -> None:
    """Processes whose parent ends come here: what they have cost counts."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap() -> None:
    """Waits for all of them."""
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
