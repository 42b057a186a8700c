"""Examines many files at once: a process for each core, where there are enough files to pay for it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context

from dagway.errors import DagwayError
from dagway.garbage import no_garbage_collection
from dagway.rules.examine import Examined, Options, examine
from dagway.rules.rule import Rule

#: So many files are examined in the time that a process needs to start and to hand over its results.
WORTHWHILE = 100
#: What a process takes at once: few enough that none is left with much at the end.
PORTION = 16
Source = tuple[str, bytes]


@dataclass(frozen=True)
class Examiner:
    """How every file is examined."""

    rules: Sequence[Rule]
    options: Options
    dbt_models: Mapping[str, tuple[str, ...]]

    def __call__(self, source: Source) -> Examined:
        path, content = source
        return examine(path, content, self.rules, self.options, self.dbt_models)


class Examination:
    """Files that are being examined, by other processes if there are many."""

    def __init__(self, examiner: Examiner, sources: Sequence[Source]) -> None:
        workers = min(_cores(), len(sources) // WORTHWHILE)
        self._pool = _pool(examiner, workers) if workers else None
        # The processes are forked here, while this one has a single thread.
        self._results: Iterable[Examined] = (
            self._pool.map(_examined, sources, chunksize=PORTION) if self._pool else map(examiner, sources)
        )

    def results(self) -> list[Examined]:
        """What each file gave, in their order.

        Raises:
            DagwayError: a process was ended from outside.
        """
        try:
            with no_garbage_collection():
                return list(self._results)
        except BrokenProcessPool as error:
            raise DagwayError(
                "A process that examines files was ended from outside, perhaps for want of memory.",
                "Try again; if it happens again, report it with the folder's name.",
            ) from error

    def end(self) -> None:
        """No more is examined."""
        if self._pool:
            self._pool.shutdown(cancel_futures=True)


def _cores() -> int:
    """How many processes may run side by side; 0 where this one cannot be forked safely."""
    is_safe = sys.platform == "linux" and threading.active_count() == 1
    return len(os.sched_getaffinity(0)) if is_safe else 0


def _pool(examiner: Examiner, workers: int) -> ProcessPoolExecutor:
    # Forked processes have the rules already; they cannot be pickled, for a rule takes its function's name.
    return ProcessPoolExecutor(workers, get_context("fork"), _become, (examiner,))


_examiner: Examiner


def _become(examiner: Examiner) -> None:
    global _examiner
    _examiner = examiner


def _examined(source: Source) -> Examined:
    with no_garbage_collection():
        return _examiner(source)
