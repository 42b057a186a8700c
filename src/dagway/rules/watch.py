"""Checks a project again after each change: at once what its text shows, then what its definitions do."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from dagway.errors import DagwayError
from dagway.rules.collect import is_read
from dagway.rules.engine import Checker, LoadedOutcome, check_definitions, report
from dagway.rules.model import Report
from dagway.rules.process import Process, Start, end
from dagway.rules.task import Task
from dagway.rules.warm import Image

#: Milliseconds of silence that end a change, for an editor writes in several steps; and how long they are waited for.
SETTLED = 20
LONGEST = 400
#: Milliseconds between two looks at what loads.
TICK = 10


@dataclass(frozen=True)
class Seen:
    """A report, or a mistake in what configures it, and the paths whose change made it: none where the definitions have been
    added to the report before."""

    report: Report | DagwayError
    changed: Sequence[str] = ()


def watch(make: Callable[[], Task]) -> Generator[Seen]:
    """A report now and after each change; ends only when it is closed.

    What changes while the caller works on one report is in the next. A load that a change overtakes is given up.

    Args:
        make: reads what is to be checked; asked again after each change, for that may be one of the configuration.

    Raises:
        DagwayError: nothing can be checked from the start.
    """
    task = make()
    noticed = changes(task.root, lambda path: path == task.baseline.source)
    # From here on nothing is missed.
    changed: Sequence[str] = next(noticed)
    checker, loads = Checker(task), _Loads(task)
    try:
        text = checker.text()
        loads.begin(text.imports)
        while True:
            yield Seen(report(task, text, LoadedOutcome()), changed)
            while True:
                changed = ()
                while not changed:
                    if loaded := loads.finished():
                        yield Seen(report(task, text, loaded))
                    changed = next(noticed)
                loads.give_up()
                try:
                    task = make()
                    break
                except DagwayError as error:
                    yield Seen(error, changed)
            checker = checker if task == checker.task else Checker(task)
            # Meanwhile the text is checked: loading takes longer.
            loads.task = task
            loads.begin()
            text = checker.text()
    finally:
        loads.give_up()


class _Loads:
    """The loads of one watch, one at a time."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self._threads = ThreadPoolExecutor(1)
        self._image: Image | None = None
        self._load: _Load | None = None
        self._result: Future[LoadedOutcome] | None = None

    def begin(self, imports: Iterable[str] = ()) -> None:
        """Starts a load, from the image of the first: that has what the project imported then."""
        if self.task.loads:
            self._image = self._image or Image(imports)
            self._load = _Load(self._image)
            self._result = self._threads.submit(check_definitions, self.task, self._load)

    def finished(self) -> LoadedOutcome | None:
        """What came of the newest load, once."""
        if self._result is None or not self._result.done():
            return None
        result, self._result = self._result.result(), None
        return result

    def give_up(self) -> None:
        if self._load:
            self._load.end()
        self._load = self._result = None


class _Load:
    """Starts the processes of one load until it is given up."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self._running: list[Process] = []
        self._is_over = False

    def __call__(self, task: Path, result: Path, folder: Path, environment: Mapping[str, str]) -> Process:
        if self._is_over:
            raise DagwayError("A change has overtaken this load.")
        process = self._start(task, result, folder, environment)
        self._running.append(process)
        return process

    def end(self) -> None:
        self._is_over = True
        for process in self._running:
            end(process)


def changes(root: Path, is_wanted: Callable[[Path], bool]) -> Iterator[Sequence[str]]:
    """What changed, came or went, relative to the root; every `TICK` nothing. The first is always nothing.

    Args:
        is_wanted: whether a file is of interest that no rule reads.
    """
    from watchfiles import watch as notified

    known: dict[str, int | None] = {}
    for batch in notified(
        root,
        watch_filter=lambda _, path: is_read(root, Path(path)) or is_wanted(Path(path)),
        debounce=LONGEST,
        step=SETTLED,
        rust_timeout=TICK,
        yield_on_timeout=True,
        ignore_permission_denied=True,
    ):
        paths = sorted({Path(path).relative_to(root).as_posix() for _, path in batch})
        yield [path for path in paths if _is_new(root, path, known)]


def _is_new(root: Path, path: str, known: dict[str, int | None]) -> bool:
    """Whether the file's content differs from the last time: a load may write the same again each time."""
    file = root / path
    content = hash(file.read_bytes()) if file.is_file() else None
    is_new = path not in known or known[path] != content
    known[path] = content
    return is_new
