"""The code server whose runs fork from a warm image."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import resource_tracker
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any

from dagster import DagsterInstance

from dagway._dagster import code_server, mirror, rehearsal, reuse, run_config, step_start, warm_definitions
from dagway._dagster.supervisor import IMAGE_LOST
from dagway._dagster.warm_definitions import Loaded
from dagway.errors import DagwayError
from dagway.runtime import branch, child, image, safety
from dagway.runtime.process import ForkContext, is_supported
from dagway.runtime.watching import FileWatch, why
from dagway.runtime.wire import Wish

_logger = logging.getLogger("dagster.code_server")


def supervise(options: Mapping[str, Any], *, watch: bool) -> None:
    """Serves until it is told to end: a server that reloads, and behind it one with a warm image for each load.

    Args:
        options: those of Dagster's command, by name.
        watch: whether to reload when a file of the working directory changes.

    Raises:
        DagwayError: this system cannot watch.
    """
    if watch and not is_supported():
        raise DagwayError(
            "--watch needs Linux 5.3 or later: elsewhere Dagster's own code server serves.",
            "Leave it out, and reload by the button in the UI.",
        )
    changes = _watch(options.get("working_directory")) if watch else str
    code_server.supervise(["-m", "dagway.runtime"], options, changes)


def _watch(folder: str | None) -> Callable[[], str]:
    try:
        files = FileWatch(Path(folder or "."), os.environ.get("DAGSTER_HOME"))
    except OSError as error:
        _logger.warning(
            "Changed files are not seen, so that definitions are loaded anew by the button in the UI alone: %s",
            why(error),
        )
        return str
    files.start()
    return files.take


def serve(arguments: Sequence[str], supervisor: int, refusal: DagwayError | None = None) -> None:
    """Serves one load of the definitions.

    Args:
        arguments: those of `dagster api grpc`.
        supervisor: the process that started this one; it is told when the image ends.
        refusal: why definitions cannot be loaded here, before any is.
    """
    if not is_supported():
        _logger.warning(
            "This system cannot hold a warm image (it needs Linux 5.3 or later): runs start cold."
        )
        code_server.serve(arguments, lambda _, __: None, refusal)
        return
    watch = safety.ThreadWatch()
    watch.start()
    code_server.serve(arguments, lambda loaded, instance: _warm(loaded, instance, watch, supervisor), refusal)


def _warm(
    loaded: Sequence[Loaded], instance: DagsterInstance | None, watch: safety.ThreadWatch, supervisor: int
) -> BaseContext | None:
    """The context whose processes fork from what is loaded here; None where that is not safe, or fails."""
    watch.stop()
    try:
        return _context(loaded, instance, watch, supervisor)
    except Exception:
        # The definitions have loaded: what is in the way of an image is in nobody's way who asks this server.
        _logger.exception("Runs start cold: making the warm image failed")
        return None


def _context(
    loaded: Sequence[Loaded], instance: DagsterInstance | None, watch: safety.ThreadWatch, supervisor: int
) -> BaseContext | None:
    storages = prepare()
    found = safety.obstacles(watch)
    if found:
        _logger.error(
            "Runs start cold: after loading the definitions this process has %s, and a process that"
            " has such must not be copied.\n  %s",
            "; ".join(map(str, found)),
            safety.REMEDY,
        )
        return None
    warm_definitions.keep(loaded)
    handle = image.start(lambda: rehearse(storages, instance))
    _logger.info("Runs start warm: they fork from process %d.", handle.pid)
    threading.Thread(
        target=_await_end, args=(handle.pid, supervisor), name="dagway-image", daemon=True
    ).start()
    return ForkContext(handle, Wish.MAY_FORK)


def prepare() -> reuse.Storages:
    """Has runs and steps reuse what they can, in this process and its forks."""
    # One for all, inherited; else each process would start its own.
    resource_tracker.ensure_running()
    storages = reuse.Storages()
    storages.reuse()
    mirror.mirror_in_thread()
    run_config.resolve_once()
    step_start.find()
    storages.close()
    child.at_start(storages.close_at_exit)
    branch.before(storages.close)
    return storages


def rehearse(storages: reuse.Storages, instance: DagsterInstance | None) -> None:
    """Does in the image what the first run would do for the first time; the server answers meanwhile."""
    try:
        rehearsal.rehearse()
        if instance is not None:
            rehearsal.open_once(instance)
            step_start.keep_instance(instance)
    finally:
        storages.close()
    if found := safety.obstacles():
        # The server's loading left none, so it is the storage. Its server is told, and in the end makes no further image.
        _logger.error(
            "The warm image ends: asking the instance's storage left %s, and a process that has such must not be copied.",
            "; ".join(map(str, found)),
        )
        os._exit(1)


def _await_end(pid: int, supervisor: int) -> None:
    """The image ends only by force while this process lives."""
    _, status = os.waitpid(pid, 0)
    _logger.error(
        "The warm image, process %d, ended unexpectedly (%d): what is started now starts cold.",
        pid,
        os.waitstatus_to_exitcode(status),
    )
    if os.getppid() == supervisor:
        os.kill(supervisor, IMAGE_LOST)
