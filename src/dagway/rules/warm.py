"""Loading processes that fork from an image in which Dagster, and what else the project imports, is imported already."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Generator, Iterable, Mapping
from contextlib import chdir, contextmanager
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from multiprocessing.forkserver import ensure_running
from pathlib import Path
from typing import Any

from dagway.rules.process import Process, command

#: The environment variable that names what the image imports besides Dagster, by comma.
PACKAGES = "DAGWAY_IMAGE_PACKAGES"
#: Libraries of numbers start threads when they are imported, which a fork would lose.
_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Image:
    """Starts loading processes, as `dagway.rules.process.start` does. There is one image for a process, made here.

    Args:
        imports: what the project imports, as dotted paths; what is not installed, as its own modules, is left out.
    """

    def __init__(self, imports: Iterable[str]) -> None:
        packages = sorted(name for name in set(imports) if _is_installed(name.partition(".")[0]))
        self._context = get_context("forkserver")
        self._context.set_forkserver_preload(["__main__", "dagway.rules.image"])
        # The server's current folder is first on its path, where a project could hide modules.
        given = {**_ONE_THREAD, PACKAGES: ",".join(packages)}
        with chdir(sys.prefix), _environment(given):
            ensure_running()

    def __call__(self, task: Path, result: Path, folder: Path, environment: Mapping[str, str]) -> Process:
        said = result.with_name("said")
        process = self._context.Process(target=_become, args=(task, result, folder, dict(environment), said))
        process.start()
        return Forked(process, said)


class Forked:
    """A forked process, in the words of `subprocess.Popen`."""

    def __init__(self, process: ForkServerProcess, said: Path) -> None:
        self._process = process
        self._said = said

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def communicate(self, *, timeout: float | None = None) -> tuple[Any, bytes]:
        """Waits for the end; raises subprocess.TimeoutExpired where it does not come in time."""
        self._process.join(timeout)
        if timeout is not None and self._process.exitcode is None:
            raise subprocess.TimeoutExpired("load", timeout)
        return None, self._said.read_bytes() if self._said.exists() else b""


def _become(task: Path, result: Path, folder: Path, environment: dict[str, str], said: Path) -> None:
    """Makes a forked process what `dagway.rules.process.start` makes, and loads."""
    from dagway.rules import image
    from dagway.rules.loader import work

    os.setsid()
    os.chdir(folder)
    _redirect(said)
    if not image.FORKABLE:
        words = command(task, result)
        os.execve(words[0], words, environment)  # noqa: S606 - the same program, started anew
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:] = [path for path in sys.path if path]
    work(str(task), str(result))


def _redirect(said: Path) -> None:
    """Standard input is empty, output is lost, errors go to a file."""
    nothing = os.open(os.devnull, os.O_RDWR)
    errors = os.open(said, os.O_WRONLY | os.O_CREAT, 0o600)
    for descriptor, target in enumerate((nothing, nothing, errors)):
        os.dup2(target, descriptor)


@contextmanager
def _environment(values: Mapping[str, str]) -> Generator[None]:
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _is_installed(package: str) -> bool:
    """Whether it lies with the installed packages, and is no folder of the project's own."""
    try:
        found = importlib.util.find_spec(package) if package else None
    except (ImportError, ValueError):
        return False
    places = [found.origin or "", *(found.submodule_search_locations or ())] if found else []
    return any({"site-packages", "dist-packages"} & set(Path(place).parts) for place in places)
