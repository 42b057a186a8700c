"""What an idle process holds."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path

from bench.latency.processes import eventually


def median_of_idle(folder: Path, count: int, launch: Callable[[], Callable[[], object]]) -> float:
    """MB (Pss) of the median of so many tasks that wait at the same time.

    `launch` starts them and gives what waits for their end; each puts a file named after its process into `folder`, and
    goes on when `released` is there.
    """
    for old in folder.iterdir():
        old.unlink()
    wait = launch()

    def all_there() -> list[str] | None:
        there = [file.name for file in folder.iterdir()]
        return there if len(there) == count else None

    processes = eventually(all_there, f"{count} idle tasks")
    megabytes = [_pss(process) for process in processes]
    (folder / "released").touch()
    wait()
    return statistics.median(megabytes)


def _pss(process: str) -> float:
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"the kernel tells no Pss of process {process}")
