"""Starts the worker, follows its progress, and ends it when its time is up."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO

from dagway.errors import DagwayError
from dagway.prototype.prove import worker
from dagway.prototype.prove.commands import ruff
from dagway.prototype.prove.model import Command, Facts

Progress = Callable[[str, int, int], None]
_LAST_LINES = 12


def work(
    folder: Path, scratch: Path, environment: Mapping[str, str], progress: Progress, timeout: float
) -> Facts:
    """What the worker saw.

    Args:
        scratch: an empty folder for what the worker leaves.
        timeout: seconds until the worker and all that it started are ended.

    Raises:
        DagwayError: the project does not load, the worker died, or its time was up.
    """
    errors = scratch / "worker.txt"
    with errors.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "dagway.prototype.prove.worker", str(folder), str(scratch)],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
        )
    assert process.stdout is not None
    deadline = threading.Timer(timeout, _end, [process])
    started = time.monotonic()
    deadline.start()
    try:
        linted = ruff(folder)
        _follow(process.stdout, progress)
        status = process.wait()
    finally:
        deadline.cancel()
        _end(process)
        process.stdout.close()
    if time.monotonic() - started >= timeout:
        raise _out_of_time(timeout)
    return _result(scratch, status, linted)


def _follow(lines: IO[bytes], progress: Progress) -> None:
    """Until every process that can write to the pipe has ended."""
    for line in lines:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            said = json.loads(line)
            progress(str(said["phase"]), int(said["done"]), int(said["total"]))


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the worker and its forks: they share a process group of their own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _out_of_time(timeout: float) -> DagwayError:
    return DagwayError(
        f"The proof took longer than {timeout:g} s and was ended; an earlier proof stays as it was.",
        "Give more time with --timeout, or find out what hangs with `dg launch --assets …`.",
    )


def _result(scratch: Path, status: int, linted: Command | None) -> Facts:
    if (scratch / worker.FAILURE).is_file():
        message, remedy = pickle.loads((scratch / worker.FAILURE).read_bytes())  # noqa: S301  our worker wrote it
        raise DagwayError(message, remedy)
    if not (scratch / worker.FACTS).is_file() or status != 0:
        raise _died(scratch, status)
    facts: Facts = pickle.loads((scratch / worker.FACTS).read_bytes())  # noqa: S301  our worker wrote it
    commands: tuple[Command, ...] = pickle.loads((scratch / worker.COMMANDS).read_bytes())  # noqa: S301
    return replace(facts, commands=commands + ((linted,) if linted else ()))


def _died(scratch: Path, status: int) -> DagwayError:
    texts = [
        path.read_text(errors="replace")
        for name in ("observe.txt", "worker.txt")
        if (path := scratch / name).is_file()
    ]
    lines = [line for text in texts for line in text.splitlines() if line.strip()][-_LAST_LINES:]
    how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
    said = "".join(f"\n    {line}" for line in lines)
    return DagwayError(
        f"The process that ran the project {how} before the proof was complete.{said}",
        "An earlier proof stays as it was. Run `dagway verify` again; if it repeats, the lines above say why.",
    )
