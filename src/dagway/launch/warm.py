"""From what the processes of runs and steps start: the image of this process, or, where a fork is not safe, nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from multiprocessing import get_context, resource_tracker
from multiprocessing.context import BaseContext

from dagway._dagster import launching, mirror, reuse, run_config, step_start, warm_definitions
from dagway._dagster.warm_definitions import Loaded
from dagway.runtime import branch, child, image, safety
from dagway.runtime.executor import source
from dagway.runtime.process import ForkContext, is_supported
from dagway.runtime.wire import Wish


class Warmth:
    """What makes the runs of this process start warm. To be made before the instance is opened and the project loaded."""

    def __init__(self) -> None:
        self._storages = reuse.Storages()
        self._watch = safety.ThreadWatch()
        self._storages.reuse()
        self._watch.start()
        launching.quiet_console()

    def context(
        self, loaded: Sequence[Loaded], private: Sequence[int], notice: Callable[[str], None]
    ) -> BaseContext:
        """In which runs start. With this process they end.

        Args:
            private: descriptors of this process that runs and steps have nothing to do with.
            notice: told where they have to start cold.
        """
        self._watch.stop()
        if not is_supported():
            notice(
                "This system cannot hold a warm image (it needs Linux 5.3 or later): runs and steps start cold."
            )
            return get_context("spawn")
        # One for all, inherited; else each process would start its own.
        resource_tracker.ensure_running()
        mirror.mirror_in_thread()
        run_config.resolve_once()
        step_start.find()
        self._storages.close()
        found = safety.obstacles(self._watch)
        if found:
            notice(
                f"Runs and steps start cold: loading the project left {'; '.join(map(str, found))}, and a process"
                f" that has such must not be copied. {safety.REMEDY}"
            )
            return get_context("spawn")
        warm_definitions.keep(loaded)
        launching.steps_start_in(source)
        child.at_start(self._storages.close_at_exit)
        branch.before(self._storages.close)
        held = list(private)
        child.at_start(lambda: _close(held))
        return ForkContext(image.start(), Wish.MAY_FORK | Wish.ENDS_WITH_OWNER)


def _close(held: list[int]) -> None:
    """Once: what forks from a run that has closed them does not hold them."""
    while held:
        os.close(held.pop())
