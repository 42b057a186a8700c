"""The worker's work: everything that needs Dagster."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.context import BaseContext

from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter

from dagway._dagster import launching
from dagway._dagster.launching import Part
from dagway._dagster.warm_definitions import Loaded as Kept
from dagway.errors import DagwayError
from dagway.launch.choice import Wish, choose, wishes
from dagway.launch.control import Control
from dagway.launch.events import Log
from dagway.launch.following import Follower
from dagway.launch.loading import load, location_of, settle
from dagway.launch.request import Request
from dagway.launch.saying import Loaded, Notice, RunCreated, Saying, Step
from dagway.launch.warm import Warmth

#: Names the last run that has failed.
LAST = "last"
Tell = Callable[[Saying], None]


def work(request: Request, control: Control, tell: Tell, private: Sequence[int]) -> None:
    """Loads, runs and follows, until the last run is over.

    Args:
        private: descriptors that runs and steps have nothing to do with.

    Raises:
        DagwayError: nothing was run, for a reason that the user can mend.
    """
    location = location_of(request)
    settle(location)
    warmth = Warmth()
    started = time.monotonic()
    with control.breakable():
        parts = load(location)
    tell(Loaded(location.name, time.monotonic() - started))
    with DagsterInstance.get() as instance:
        makers = (
            _from_failure(parts, request, instance)
            if request.from_failure
            else _anew(parts, request, instance)
        )
        if control.cancelled:
            return
        # The first is made before anything forks: what does not fit is found, and what all need is there.
        first = makers[0]()
        kept = [Kept(part.pointer, part.repository) for part in parts]
        context = warmth.context(kept, private, lambda message: tell(Notice(message)))
        launch = _Launch(instance, context, control, tell, len(makers))
        launch.run(first, 1)
        for number, make in enumerate(makers[1:], start=2):
            if control.cancelled:
                break
            launch.run(make(), number)


@dataclass(frozen=True)
class _Made:
    part: Part
    run: DagsterRun
    partition: str


Make = Callable[[], _Made]


@dataclass(frozen=True)
class _Launch:
    instance: DagsterInstance
    context: BaseContext
    control: Control
    tell: Tell
    of: int

    def run(self, made: _Made, number: int) -> None:
        """One run, to its end."""
        run = made.run
        steps = tuple(Step(key, needs) for key, needs in launching.steps_of(self.instance, run))
        self.tell(
            RunCreated(run.run_id, made.run.job_name, steps, made.partition, number, self.of, time.time())
        )
        process = launching.start(self.context, made.part, self.instance, run)
        log = Log(self.instance, run.run_id, str(made.part.root))
        Follower(self.instance, run.run_id, process, log, self.control, self.tell).follow()


def _anew(parts: Sequence[Part], request: Request, instance: DagsterInstance) -> list[Make]:
    part = choose(_only(parts), request)
    return [lambda wish=wish: _created(part, wish, instance) for wish in wishes(part, request, instance)]


def _created(part: Part, wish: Wish, instance: DagsterInstance) -> _Made:
    with _explained(part):
        return _Made(part, launching.create(part, instance, wish.config, wish.tags), wish.partition)


def _from_failure(parts: Sequence[Part], request: Request, instance: DagsterInstance) -> list[Make]:
    parent = _parent(request.from_failure, instance)
    whole = _only(parts)
    assets, checks = parent.asset_selection, parent.asset_check_selection
    part = replace(
        whole,
        job=parent.job_name,
        assets=None if assets is None else frozenset(assets),
        checks=None if checks is None else frozenset(checks),
        ops=tuple(parent.op_selection or ()),
    )

    def make() -> _Made:
        with _explained(part):
            return _Made(part, launching.create_from_failure(part, instance, parent), _partition(parent))

    return [make]


def _partition(run: DagsterRun) -> str:
    first = run.tags.get("dagster/asset_partition_range_start")
    last = run.tags.get("dagster/asset_partition_range_end")
    return f"{first}...{last}" if first and last else run.tags.get("dagster/partition", "")


def _parent(name: str, instance: DagsterInstance) -> DagsterRun:
    """The run that is meant: by its id, the beginning of its id, or as the last one that has failed."""
    failed = [DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]
    runs = instance.get_runs(RunsFilter(statuses=failed), limit=1 if name == LAST else 1000)
    found = runs if name == LAST else [run for run in runs if run.run_id.startswith(name)]
    if len(found) == 1:
        return found[0]
    if not found:
        which = "No run" if name == LAST else f"No run {name}"
        raise DagwayError(
            f"{which} has failed in {instance.root_directory}.", "Launch what you want by --select."
        )
    raise DagwayError(f"{len(found)} failed runs begin with {name}.", "Write more of the id.")


def _only(parts: Sequence[Part]) -> Part:
    if len(parts) > 1:
        names = ", ".join(part.repository.name for part in parts)
        raise DagwayError(
            f"The code location has several repositories: {names}.",
            "Name one by a workspace.yaml with its attribute.",
        )
    return parts[0]


@contextmanager
def _explained(part: Part) -> Generator[None]:
    """Dagster's errors about what was asked for, in words of ours."""
    try:
        yield
    except launching.REFUSALS as error:
        text = "\n    ".join(line for line in str(error).strip().splitlines() if line.strip())
        raise DagwayError(
            f"{part.location}: this cannot be run: {text}", "Correct the configuration or the selection."
        ) from error
