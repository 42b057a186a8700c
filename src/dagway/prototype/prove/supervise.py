"""Starts the worker, follows its progress, and ends it when its time is up."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO

from dagway.errors import DagwayError
from dagway.prototype.prove.commands import ruff
from dagway.prototype.prove.model import Command, Facts
from dagway.prototype.prove.results import SIGNALLED, Results

Progress = Callable[[str, int, int], None]


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
            # Never written to: when this process ends, the system closes it, and the worker ends its group.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    late = threading.Event()
    watch = threading.Thread(target=_watch, args=(process, timeout, late), daemon=True)
    watch.start()
    try:
        linted = ruff(folder)
        _follow(process.stdout, progress)
        watch.join()
    finally:
        _end_all(process)
        process.stdin.close()
        process.stdout.close()
    if late.is_set():
        raise _out_of_time(timeout)
    return _facts(Results(scratch), process.returncode, linted)


def _watch(process: subprocess.Popen[bytes], timeout: float, late: threading.Event) -> None:
    """Ends what the worker started as soon as the worker itself is gone, however it went, or its time is up."""
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        late.set()
    _end_all(process)


def _follow(lines: IO[bytes], progress: Progress) -> None:
    """Until every process that can write to the pipe has ended."""
    for line in lines:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            said = json.loads(line)
            progress(str(said["phase"]), int(said["done"]), int(said["total"]))


def _end_all(process: subprocess.Popen[bytes]) -> None:
    """Ends the worker and its forks: they share a process group of their own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _out_of_time(timeout: float) -> DagwayError:
    return DagwayError(
        f"The proof took longer than {timeout:g} s and was ended; an earlier proof stays as it was.",
        "Give more time with --timeout, or find out what hangs with `dg launch --assets …`.",
    )


def _facts(results: Results, status: int, linted: Command | None) -> Facts:
    if failure := results.failure():
        raise failure
    facts = results.facts()
    if facts is None or status != 0:
        raise _died(results, status)
    return replace(facts, commands=results.commands() + ((linted,) if linted else ()))


def _died(results: Results, status: int) -> DagwayError:
    said = "".join(f"\n    {line}" for line in results.said("observe.txt", "worker.txt"))
    return DagwayError(
        f"The process that ran the project {_how(status)} before the proof was complete.{said}",
        "An earlier proof stays as it was. Run `dagway verify` again; if it repeats, look for what ends the process.",
    )


def _how(status: int) -> str:
    number = -status if status < 0 else status - SIGNALLED
    with contextlib.suppress(ValueError):
        return f"was ended by {signal.Signals(number).name}"
    return f"ended with status {status}"
