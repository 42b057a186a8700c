"""How a loading process starts: by itself, with nothing imported."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol


class Process(Protocol):
    """A process that leads a session of its own, as `subprocess.Popen`: `communicate` gives what it said on standard error."""

    @property
    def pid(self) -> int: ...

    @property
    def returncode(self) -> int | Any: ...

    def poll(self) -> int | None: ...

    def communicate(self, *, timeout: float | None = None) -> tuple[Any, bytes]: ...


#: Starts a loading process: the file of its task, that for its result, its folder and its environment.
Start = Callable[[Path, Path, Path, Mapping[str, str]], Process]

#: `-c` puts the current folder first on the path, where a project could hide modules: it is taken off again.
_PROGRAM = """\
import sys
sys.path = [path for path in sys.path if path]
from dagway.rules.loader import work
work(sys.argv[1], sys.argv[2])
"""


def command(task: Path, result: Path) -> list[str]:
    """The words of a loading process."""
    return [sys.executable, "-c", _PROGRAM, str(task), str(result)]


def start(task: Path, result: Path, folder: Path, environment: Mapping[str, str]) -> Process:
    """A process that starts with nothing imported."""
    return subprocess.Popen(
        command(task, result),
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def end(process: Process) -> None:
    """Ends a loading process with whatever it started: it leads a session of its own."""
    if process.poll() is None:
        # It may have ended meanwhile.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
