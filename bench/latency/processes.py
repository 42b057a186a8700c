"""Servers that a measurement starts, waits for and ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

Found = TypeVar("Found")


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(
    look: Callable[[], Found | None], what: str, seconds: float = 180, pause: float = 0.1
) -> Found:
    """What `look` gives once it gives something.

    Raises:
        TimeoutError: it gave nothing in time.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (found := look()) is not None:
            return found
        time.sleep(pause)
    raise TimeoutError(f"{what}: nothing after {seconds:g} s")


def clean_environment() -> dict[str, str]:
    """The machine's environment without what belongs to the checkout's own Python."""
    kept = ("PYTHON", "VIRTUAL_ENV", "DAGSTER_", "DAGWAY_", "PREFECT_", "AIRFLOW_")
    return {key: value for key, value in os.environ.items() if not key.startswith(kept)}


@dataclass
class Servers:
    """Processes in sessions of their own, whose output lies in `folder`; ended together, last first."""

    folder: Path
    running: list[subprocess.Popen[bytes]] = field(default_factory=list[subprocess.Popen[bytes]])

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        """Start one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env={**clean_environment(), **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.running.append(process)

    def wait_for_port(self, name: str, port: int, seconds: float = 180) -> None:
        """Until the server that was started last listens.

        Raises:
            RuntimeError: it ended before; its last words are in the message.
        """
        process = self.running[-1]

        def listens() -> bool | None:
            if process.poll() is not None:
                raise RuntimeError(f"{name} ended:\n{self.said(name)}")
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                return True
            return None

        eventually(listens, f"{name} on port {port}", seconds)

    def said(self, name: str) -> str:
        """The end of a server's output."""
        return (self.folder / f"{name}.log").read_text(errors="replace")[-3000:]

    def stop(self) -> None:
        """End them all, and what they started."""
        for process in reversed(self.running):
            process.terminate()
        for process in reversed(self.running):
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.running.clear()
