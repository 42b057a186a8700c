"""A run in a process of its own, killed in the middle of what it does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from processes import until

RUN = """
import sys
sys.path[:0] = {paths!r}
from pathlib import Path
from built_project import Built
from dagway.components.database import Database
from dagway.components.warehouse import DuckDBWarehouse, PostgresWarehouse

if __name__ == "__main__":
    resources = {{{resources}}}
    Built(Path({root!r}), {package!r}, resources).run({selection!r})
"""


def run_and_kill(
    project: Any, happens: Callable[[], object], selection: str = "*", resources: dict[str, str] | None = None
) -> None:
    """Run the selection with what the project has, and end it by SIGKILL with all its children once `happens` is true.

    Args:
        resources: Python's text of each resource; the project's DuckDB warehouse if left out.
    """
    file = str(project.root / "data" / "warehouse.duckdb")
    given = {"warehouse": f"DuckDBWarehouse(database={file!r})", **(resources or {})}
    script = RUN.format(
        paths=[str(project.root), str(Path(__file__).parent)],
        root=str(project.root),
        package=project.package,
        selection=selection,
        resources=", ".join(f"{name!r}: {text}" for name, text in given.items()),
    )
    log = project.root / "killed.log"
    with log.open("w") as stream:
        command = [sys.executable, "-c", script]
        run = subprocess.Popen(command, stdout=stream, stderr=stream, start_new_session=True)

    def under_way() -> bool:
        assert run.poll() is None, log.read_text()
        return bool(happens())

    try:
        until(under_way, "the middle of the run")
    finally:
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
